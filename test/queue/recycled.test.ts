/** The memory of bodies is used again, and never while somebody may look at it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../src/testing/memory.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { CONTENT, Rig } from "./support.ts";

const SERIES = 2000;
const ROUNDS = 12;

test("what is on its way stays as it is while other requests come and go", async () => {
  const endpoint = { name: "one", url: "http://one/write", batchCount: 500, minShards: 4 };
  const rig = new Rig({ endpoints: [endpoint] });
  await rig.open();
  const { time } = rig.platform;
  const seen = new Set<ArrayBufferLike>();
  let requests = 0;
  let reused = 0;
  const changed: number[] = [];
  rig.one.answer = async ({ body }) => {
    const number = requests++;
    assert.ok(body !== undefined);
    if (seen.has(body.buffer)) reused++;
    seen.add(body.buffer);
    const before = body.slice();
    // Each third is sent again, and some take longer than others.
    await new Promise<void>((resolve) => void time.after(50 + number % 7 * 40, resolve));
    if (body.some((byte, at) => byte !== before[at])) changed.push(number);
    const status = number % 3 === 2 ? 503 : 204;
    return { ...makeAnswer(status), isBodySent: number % 5 !== 4 };
  };
  for (let round = 0; round < ROUNDS; round++) {
    const rows = Array.from({ length: SERIES }, (_, at) => {
      // Each has much of its own: so a request is large enough.
      const labels = { __name__: `series_${at}`, path: `/${(at * 7919 + 13).toString(36)}` };
      return wireSeries(labels, rig.nowMs(), round * SERIES + at);
    });
    await rig.wait(rig.queue.write(encodeRequest(rows), CONTENT));
    await time.advance(300);
  }
  await rig.drain();
  assert.deepEqual(changed, [], "requests that changed while they were on their way");
  assert.ok(reused > 10, `${reused} of ${requests} bodies came in memory of others`);
  for (let at = 0; at < SERIES; at += 97) {
    const series = `__name__=series_${at},path=/${(at * 7919 + 13).toString(36)}`;
    const wanted = Array.from({ length: ROUNDS }, (_, round) => round * SERIES + at);
    assert.deepEqual(rig.one.valuesOf(series), wanted, series);
  }
  await rig.wait(rig.queue.close());
});
