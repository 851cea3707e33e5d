/** Delta temporality in requests: what a sender that comes again, and a restart, make of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { otlpHandler } from "../../receiver.ts";
// Loaded by the first request otherwise, in a time that is not the rig's.
import "../../src/receive/otlp.ts";
import type { OtlpOptions } from "../../src/otlp/settings.ts";
import { Rig } from "../queue/support.ts";
import { attributesOf, jsonOtlp, nano, requestOf } from "../support/otlp.ts";
// Loaded with the first request; virtual time does not wait for that.
import "../../src/receive/otlp.ts";

const CUMULATIVE: OtlpOptions = { deltas: "cumulative" };

/** One sum of ten seconds, by how many of them it is from the beginning. */
function requestAt(place: number, value: number, id: string = "x"): () => Request {
  const startMs = Date.UTC(2025, 0, 1) + place * 10_000;
  const point = {
    attributes: attributesOf({ id }),
    startTimeUnixNano: nano(startMs),
    timeUnixNano: nano(startMs + 10_000),
    asInt: String(value),
  };
  const sum = { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point] };
  const body = jsonOtlp(requestOf([{ name: "m", sum }]));
  const headers = { "content-type": "application/json" };
  return () => new Request("http://host/", { method: "POST", headers, body: body as BodyInit });
}

async function answerOf(rig: Rig, answer: Promise<Response>): Promise<[number, string]> {
  const response = await rig.wait(answer);
  const { partialSuccess, message } = await response.json();
  return [response.status, partialSuccess?.errorMessage ?? message ?? ""];
}

test("a request that the disk refused counts once, when it comes again", async () => {
  const rig = await new Rig().open();
  const handler = otlpHandler(rig.queue, { otlp: CUMULATIVE });
  assert.deepEqual(await answerOf(rig, handler(requestAt(0, 5)())), [200, ""]);
  rig.platform.files.fault = (step, path) =>
    step === "write" && path.includes("/wal") ? "no_space" : undefined;
  const second = requestAt(1, 2);
  for (let time = 0; time < 3; time++) {
    const [status] = await answerOf(rig, handler(second()));
    assert.equal(status, 503);
  }
  rig.platform.files.fault = undefined;
  assert.deepEqual(await answerOf(rig, handler(second())), [200, ""]);
  // The answer was lost, and the sender comes again: a success, and nothing more is counted.
  assert.deepEqual(await answerOf(rig, handler(second())), [200, ""]);
  assert.deepEqual(await answerOf(rig, handler(requestAt(2, 1)())), [200, ""]);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=m_total,id=x"), [5, 7, 8]);
});

test("who comes again before it is known whether it is durable is told to wait", async () => {
  const rig = await new Rig().open();
  const handler = otlpHandler(rig.queue, { otlp: CUMULATIVE });
  const first = requestAt(0, 5);
  const answers = [handler(first()), handler(requestAt(1, 2)()), handler(first())];
  const statuses: number[] = [];
  for (const answer of answers) statuses.push((await answerOf(rig, answer))[0]);
  assert.deepEqual(statuses, [200, 200, 503]);
  const [status, text] = await answerOf(rig, handler(first()));
  assert.equal(status, 200);
  assert.match(
    text,
    /^1 of 1 data points cannot be taken: "m_total": got delta temporality to 2025-01-01T00:00:10.000Z, but its series is at 2025-01-01T00:00:20.000Z: it was counted already, or is out of order$/,
  );
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=m_total,id=x"), [5, 7]);
});

test("after a restart sums begin anew", async () => {
  const rig = await new Rig().open();
  const before = otlpHandler(rig.queue, { otlp: CUMULATIVE });
  await answerOf(rig, before(requestAt(0, 5)()));
  await rig.crash();
  const after = otlpHandler(rig.queue, { otlp: CUMULATIVE });
  await answerOf(rig, after(requestAt(1, 2)()));
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=m_total,id=x"), [5, 2]);
});

test("streams beyond the bound are refused, until others have been silent", async () => {
  const rig = await new Rig().open();
  const otlp: OtlpOptions = { ...CUMULATIVE, deltaStreamsMax: 1, deltaStaleMsMax: 60_000 };
  const handler = otlpHandler(rig.queue, { otlp });
  assert.deepEqual(await answerOf(rig, handler(requestAt(0, 5)())), [200, ""]);
  const other = requestAt(1, 2, "y");
  const [status, text] = await answerOf(rig, handler(other()));
  assert.equal(status, 200);
  assert.match(text, /1 of 1 data points .* more streams than the 1 that are remembered$/);
  await rig.platform.time.advance(120_001);
  assert.deepEqual(await answerOf(rig, handler(other())), [200, ""]);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=m_total,id=y"), [2]);
});

test("as they are, where that is asked for", async () => {
  const rig = await new Rig().open();
  const handler = otlpHandler(rig.queue, { otlp: { deltas: "native" } });
  for (const place of [0, 1]) await answerOf(rig, handler(requestAt(place, 5)()));
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=m_total,id=x"), [5, 5]);
});
