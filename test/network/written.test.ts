import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING_WRITTEN, readWritten } from "../../src/network/written.ts";
import { makeAnswer } from "../../src/testing/memory.ts";

const SENT = { samples: 5, histograms: 3, exemplars: 2, metadata: 1 };

function read(samples?: string, histograms?: string, exemplars?: string) {
  const headers: Record<string, string> = {};
  for (const [kind, text] of Object.entries({ samples, histograms, exemplars })) {
    if (text !== undefined) headers[`x-prometheus-remote-write-${kind}-written`] = text;
  }
  return readWritten(makeAnswer(200, "", headers), SENT);
}

test("the Written headers say how much of each kind was written; metadata when all else was", () => {
  assert.deepEqual(read("5", "3", "2"), SENT);
  assert.deepEqual(read("4", "3", "2"), { samples: 4, histograms: 3, exemplars: 2, metadata: 0 });
  assert.deepEqual(read("0", "0", "0"), NOTHING_WRITTEN);
  assert.deepEqual(read(" 1 ", undefined, "2"), {
    samples: 1,
    histograms: 0,
    exemplars: 2,
    metadata: 0,
  });
});

test("no kind makes up for another, and none has more than was sent", () => {
  assert.deepEqual(read("10"), { samples: 5, histograms: 0, exemplars: 0, metadata: 0 });
  assert.deepEqual(read("999999999999999", "999999999999999", "999999999999999"), SENT);
});

test("headers that are missing or no numbers say nothing", () => {
  assert.equal(read(), undefined);
  const nonsense = ["", "-1", "1.0", "1e3", "0x5", "5, 5", "NaN", "Infinity", "٥", "9".repeat(400)];
  for (const text of nonsense) {
    assert.equal(read(text, "3", "2"), undefined, text);
    assert.equal(read("5", "3", text), undefined, text);
  }
});
