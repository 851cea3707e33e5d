/** Files of Alloy whose records hold more signals than the head counts drain like all others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Rig } from "../queue/support.ts";
import { alloyV2File, metricRecord } from "../support/alloy_v2.ts";
import type { LabelPairs, Signal } from "../support/signals.ts";

const LABELS: LabelPairs = [["__name__", "up"]];

/** A queue that finds one file of Alloy: three records with five signals, one of them broken. */
async function open(recordCount: string): Promise<Rig> {
  const rig = new Rig();
  const timestampMs = BigInt(rig.nowMs());
  const sample: Signal = { kind: "sample", timestampMs, startMs: 0n, bits: 1n };
  const exemplar = (...exemplarLabels: LabelPairs): Signal => ({
    kind: "exemplar",
    timestampMs,
    bits: 2n,
    exemplarLabels,
  });
  const good = exemplar(["trace_id", "a"]);
  const broken = exemplar(["trace_id", "a"], ["trace_id", "b"]);
  const records = [[sample, good], [sample], [sample, broken]];
  const { format, compression, data } = alloyV2File(
    records.map((signals) => metricRecord({ labels: LABELS, signals })),
  );
  const meta = { version: format, compression, record_count: recordCount };
  await rig.platform.files.makeDirectory("/data/one/wal");
  rig.platform.files.plant("/data/one/wal/1.committed", encode({ Meta: meta, Data: data }));
  rig.platform.http.script = () => makeAnswer(204);
  await rig.open();
  for (let passedMs = 0; passedMs < 20_000; passedMs += 100) {
    await rig.platform.time.advance(100);
    rig.checkSum();
  }
  return rig;
}

test("a file with exemplars in the records of their samples is drained whole", async () => {
  const rig = await open("3");
  const [one] = rig.queue.stats().endpoints;
  assert.equal(one!.quarantinedTotal, 0);
  assert.deepEqual([one!.acceptedTotal, one!.deliveredTotal, one!.pendingSignals], [5, 4, 0]);
  assert.equal(one!.droppedTotal.unsupported, 1);
  assert.deepEqual(await rig.files(), []);
  await rig.queue.close();
});

test("one with more or fewer records than its head says is set aside", async () => {
  for (const count of ["2", "4", "5"]) {
    const rig = await open(count);
    const [one] = rig.queue.stats().endpoints;
    assert.equal(one!.quarantinedTotal, 1);
    assert.equal(one!.droppedTotal.corrupt, Number(count));
    assert.equal(one!.deliveredTotal, 0);
    await rig.queue.close();
  }
});
