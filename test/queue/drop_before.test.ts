import assert from "node:assert/strict";
import { test } from "node:test";
import { WalqError } from "../../src/errors.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import type { QueueOptions } from "../../src/options.ts";
import { Queue } from "../../src/queue.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { CONTENT, Rig } from "./support.ts";

const HOUR_MS = 3_600_000;
const DAY: Partial<QueueOptions> = { ttl: "1d" };

/** Files of one sample each: so many an hour, the last ones now. */
async function backlog(rig: Rig, hours: number, each: number): Promise<number> {
  const nowMs = rig.nowMs();
  for (let hour = hours; hour > 0; hour--) {
    for (let index = 0; index < each; index++) {
      await rig.put("a", hour * 1_000 + index, nowMs - hour * HOUR_MS + index);
    }
  }
  return nowMs;
}

function skipped(rig: Rig, at = 0): number {
  return rig.queue.stats().endpoints[at]!.droppedTotal.skipped;
}

test("the backlog of an endpoint that is down is skipped up to a time, and the rest arrives in order", async () => {
  const rig = await new Rig(DAY).open();
  rig.one.answer = () => makeAnswer(503);
  const nowMs = await backlog(rig, 5, 20);
  await rig.platform.time.advance(30_000);
  assert.equal(rig.pending(), 100);
  rig.checkSum();
  const choice = { beforeMs: nowMs - 2.5 * HOUR_MS };
  const dry = await rig.wait(rig.queue.dropBefore({ ...choice, dryRun: true }));
  assert.deepEqual([dry, rig.pending()], [{ batches: 60, signals: 60 }, 100]);
  const dropped = await rig.wait(rig.queue.dropBefore(choice));
  assert.deepEqual(dropped, { batches: 60, signals: 60 });
  rig.checkSum();
  assert.deepEqual([skipped(rig), rig.pending()], [60, 40]);
  assert.equal((await rig.files()).length, 40);
  assert.match(
    rig.logger.lines.join("\n"),
    /warn signals dropped on purpose .*"reason":"skipped".*"batches":60,"signals":60/,
  );
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  rig.checkSum();
  const values = rig.one.valuesOf("__name__=a");
  assert.deepEqual(values, values.toSorted(byAge));
  assert.equal(new Set(values).size, 40);
  assert.deepEqual(await rig.files(), []);
  await rig.queue.close();
});

/** By the hour, the oldest first, and then in order. */
function byAge(a: number, b: number): number {
  const [hourA, hourB] = [Math.floor(a / 1_000), Math.floor(b / 1_000)];
  return hourB - hourA || a - b;
}

test("what is in the reader's hands, in open requests and on its way is skipped too", async () => {
  const rig = await new Rig(DAY).open();
  rig.one.answer = () => makeAnswer(503);
  await backlog(rig, 3, 50);
  const nowMs = rig.nowMs();
  // Some of a batch has its outcome, and a request hangs.
  const labels = Array.from({ length: 9_000 }, (_, at) => ({ __name__: "m", at: `${at}` }));
  const body = encodeRequest(labels.map((one) => wireSeries(one, nowMs - HOUR_MS, 1)));
  await rig.wait(rig.queue.write(body, CONTENT));
  let asked = 0;
  rig.one.answer = () => makeAnswer(++asked <= 2 ? 200 : 503);
  await rig.platform.time.advance(120_000);
  assert.ok(asked > 2);
  rig.checkSum();
  const { signals } = await rig.wait(rig.queue.dropBefore({ beforeMs: nowMs }));
  rig.checkSum();
  assert.ok(signals > 0);
  assert.deepEqual([rig.pending(), skipped(rig)], [0, signals]);
  assert.deepEqual(await rig.files(), []);
  // It goes on.
  rig.one.answer = () => makeAnswer(200);
  await rig.put("later", 7);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=later"), [7]);
  await rig.queue.close();
});

test("what was skipped does not come back after a power cut", async () => {
  const rig = await new Rig(DAY).open();
  rig.one.answer = () => makeAnswer(503);
  const nowMs = await backlog(rig, 4, 10);
  await rig.wait(rig.queue.dropBefore({ beforeMs: nowMs - 1.5 * HOUR_MS }));
  await rig.crash();
  rig.checkSum();
  assert.equal(rig.pending(), 10);
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  const hours = new Set(rig.one.valuesOf("__name__=a").map((value) => Math.floor(value / 1_000)));
  assert.deepEqual([...hours], [1]);
  await rig.queue.close();
});

test("what was found at the start is skipped whether it was counted or not, from the middle too", async () => {
  for (const isCounted of [true, false]) {
    const rig = await new Rig(DAY).open();
    rig.one.answer = () => makeAnswer(503);
    const nowMs = rig.nowMs();
    // The old ones lie between the new ones.
    for (let at = 0; at < 120; at++) {
      await rig.put("a", at, at % 3 === 0 ? nowMs - HOUR_MS : nowMs);
    }
    await rig.queue.close();
    if (isCounted) await rig.open();
    else {
      const { platform, logger } = rig;
      rig.queue = await rig.wait(Queue.open(rig.options, { platform, logger }));
    }
    const dropped = await rig.wait(rig.queue.dropBefore({ beforeMs: nowMs }));
    await rig.platform.time.settle();
    rig.checkSum();
    assert.deepEqual(dropped, { batches: 40, signals: 40 });
    const { uncountedBatches, pendingBatches } = rig.queue.stats().endpoints[0]!;
    assert.deepEqual([rig.pending(), pendingBatches, uncountedBatches], [80, 80, 0]);
    rig.one.answer = () => makeAnswer(200);
    await rig.drain();
    const values = rig.one.valuesOf("__name__=a");
    assert.deepEqual(values, Array.from({ length: 120 }, (_, at) => at).filter((at) => at % 3));
    rig.checkSum();
    await rig.queue.close();
  }
});

test("a batch that is older in part stays whole, and so does one of metadata alone", async () => {
  const rig = await new Rig(DAY).open();
  rig.one.answer = () => makeAnswer(503);
  const nowMs = rig.nowMs();
  const parts = [
    wireSeries({ __name__: "a" }, nowMs - HOUR_MS, 1),
    wireSeries({ __name__: "b" }, nowMs, 2),
  ];
  await rig.wait(rig.queue.write(encodeRequest(parts), CONTENT));
  const appender = rig.queue.appender();
  appender.updateMetadata("a", { type: "gauge" });
  await rig.wait(appender.commit({ durable: true }));
  assert.deepEqual(await rig.wait(rig.queue.dropBefore({ beforeMs: nowMs })), {
    batches: 0,
    signals: 0,
  });
  assert.equal(rig.pending(), 3);
  rig.checkSum();
  await rig.queue.close();
});

test("files of Alloy's format, whose heads say no times, are read", async () => {
  const persistence = { format: "alloy.metrics.queue.v1" } as const;
  const rig = await new Rig({ ...DAY, persistence }).open();
  rig.one.answer = () => makeAnswer(503);
  const nowMs = await backlog(rig, 3, 10);
  const { batches } = await rig.wait(rig.queue.dropBefore({ beforeMs: nowMs - 1.5 * HOUR_MS }));
  assert.equal(batches, 20);
  rig.checkSum();
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  assert.equal(new Set(rig.one.valuesOf("__name__=a")).size, 10);
  await rig.queue.close();
});

test("a moment that is likely to be a mistake drops nothing, and is told; the future can be meant", async () => {
  const rig = await new Rig(DAY).open();
  rig.one.answer = () => makeAnswer(503);
  const nowMs = await backlog(rig, 2, 10);
  await rig.put("a", 1, nowMs + 5 * HOUR_MS);
  const wrong: readonly (readonly [number, RegExp])[] = [
    [-1, /^Cannot drop: the moment -1 is before 1970$/],
    [Math.round(nowMs / 1000), /^Cannot drop: the moment \d{10} looks like seconds, expected mill/],
    [nowMs * 1000, /looks like microseconds/],
    [8.64e15, /looks like microseconds/],
    [
      nowMs + HOUR_MS,
      /which is \d\d minutes ahead of the queue's clock \(.*Z\), so that all would/,
    ],
    [nowMs + 90 * 24 * HOUR_MS, /which is 90 days ahead .*; "now" drops .* future \(--future\)/],
  ];
  for (const [beforeMs, message] of wrong) {
    for (const dryRun of [true, false]) {
      await assert.rejects(rig.queue.dropBefore({ beforeMs, dryRun }), {
        code: "INVALID_OPTIONS",
        message,
      });
    }
  }
  await assert.rejects(rig.queue.dropBefore({ beforeMs: -1, future: true }), /before 1970/);
  assert.equal(rig.pending(), 21);
  // The clock of who asks is a little ahead.
  const now = await rig.wait(rig.queue.dropBefore({ beforeMs: rig.nowMs() + 60_000 }));
  assert.deepEqual(now, { batches: 20, signals: 20 });
  const all = { beforeMs: nowMs + 90 * 24 * HOUR_MS, future: true };
  assert.deepEqual(await rig.wait(rig.queue.dropBefore(all)), { batches: 1, signals: 1 });
  assert.equal(rig.pending(), 0);
  rig.checkSum();
  await rig.queue.close();
});

test("one endpoint is skipped and the other gets all; one that there is not is named", async () => {
  const rig = await new Rig(DAY, ["one", "two"]).open();
  for (const endpoint of Object.values(rig.endpoints)) endpoint.answer = () => makeAnswer(503);
  const nowMs = await backlog(rig, 2, 10);
  await assert.rejects(
    rig.queue.dropBefore({ endpoint: "three", beforeMs: nowMs }),
    { code: "INVALID_OPTIONS", message: /got "three", expected one of "one", "two"/ },
  );
  await assert.rejects(rig.queue.dropBefore({ beforeMs: NaN }), RangeError);
  await rig.wait(rig.queue.dropBefore({ endpoint: "one", beforeMs: nowMs }));
  assert.deepEqual([skipped(rig, 0), skipped(rig, 1)], [20, 0]);
  rig.checkSum();
  for (const endpoint of Object.values(rig.endpoints)) endpoint.answer = () => makeAnswer(200);
  await rig.drain();
  assert.equal(rig.one.arrivals.length, 0);
  assert.equal(new Set(rig.endpoints["two"]!.valuesOf("__name__=a")).size, 20);
  await rig.queue.close();
});

test("what a disk does not delete is told, counted once, and gone when it lets go", async () => {
  const rig = await new Rig(DAY).open();
  rig.one.answer = () => makeAnswer(503);
  const nowMs = await backlog(rig, 2, 40);
  let isStuck = true;
  rig.platform.files.fault = (step) => isStuck && step === "remove" ? "not_permitted" : undefined;
  const failed = await rig.wait(rig.queue.dropBefore({ beforeMs: nowMs }).catch((error) => error));
  assert.ok(failed instanceof WalqError);
  assert.deepEqual([failed.code, /cannot delete/.test(failed.message)], ["STORAGE", true]);
  rig.checkSum();
  const first = skipped(rig);
  assert.ok(first > 0 && first < 80, `${first}`);
  isStuck = false;
  await rig.wait(rig.queue.dropBefore({ beforeMs: nowMs }));
  rig.checkSum();
  assert.deepEqual([skipped(rig), rig.pending(), await rig.files()], [80, 0, []]);
  await rig.queue.close();
});

test("a close ends it, what was dropped is counted, and the rest is there at the next start", async () => {
  const rig = await new Rig(DAY).open();
  rig.one.answer = () => makeAnswer(503);
  const nowMs = await backlog(rig, 4, 100);
  const dropping = rig.queue.dropBefore({ beforeMs: nowMs }).catch((error: unknown) => error);
  await rig.wait(rig.queue.close());
  const ended = await dropping;
  assert.ok(ended instanceof WalqError && ended.code === "CLOSED", String(ended));
  await assert.rejects(rig.queue.dropBefore({ beforeMs: nowMs }), { code: "CLOSED" });
  const left = (await rig.files()).filter((name) => name.endsWith(".committed")).length;
  assert.ok(left > 0 && left <= 400, `${left}`);
  await rig.open();
  rig.checkSum();
  assert.equal(rig.pending(), left);
  await rig.queue.close();
});

test("an orphan that is drained can be skipped, and is gone then", async () => {
  const rig = await new Rig(DAY, ["one", "two"]).open();
  for (const endpoint of Object.values(rig.endpoints)) endpoint.answer = () => makeAnswer(503);
  const nowMs = await backlog(rig, 2, 10);
  const [, two] = rig.options.endpoints;
  await rig.wait(rig.queue.update({
    ...rig.options,
    endpoints: [two!],
    drainOrphans: { one: "two" },
  }));
  await rig.wait(rig.queue.dropBefore({ beforeMs: nowMs }));
  await rig.platform.time.advance(60_000);
  rig.checkSum();
  assert.deepEqual([rig.pending(), rig.queue.stats().endpoints.length], [0, 1]);
  assert.deepEqual(await rig.files("one"), []);
  rig.endpoints["two"]!.answer = () => makeAnswer(200);
  await rig.put("later", 7);
  await rig.drain();
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=later"), [7]);
  await rig.queue.close();
});
