/**
 * Bytes a sample on disk: 20,000 series of 10 labels at first sight, and 2,000 of
 * them five times in one batch, in both formats that walq writes, and in the parts that a
 * store of 32 partitions gets of it; and the request itself under snappy, which is what a
 * queue of requests would keep.
 */
import type { BatchFormat } from "../src/contracts.ts";
import { encodeRecord } from "../src/store/record.ts";
import { metaOf } from "../src/formats/meta.ts";
import { loadKernel } from "../src/kernel/kernel.ts";
import { ids, tenLabels } from "../test/peers/support/workload.ts";
import { type LabelPairs, RequestTemplate } from "../test/peers/support/write_request.ts";
import { uncompress } from "../test/support/hysnappy.ts";
import { podLabels } from "./pods.ts";
import { formatTable } from "./table.ts";

const SERIES = 20_000;
const REPEATED = 2_000;
const TIMES = 5;
const BATCH = 10_000;
const PARTITIONS = 32;
const START_MS = 1_700_000_000_000;

type LabelsOf = (id: number) => LabelPairs;

export async function compareDisk(): Promise<void> {
  const datasets: [string, LabelsOf][] = [
    ["a host's exporter: one new string a series", (id) => tenLabels("bench", id)],
    ["pods: two new strings a series, of random letters", podLabels],
  ];
  for (const [name, labelsOf] of datasets) await compareOne(name, labelsOf);
}

async function compareOne(name: string, labelsOf: LabelsOf): Promise<void> {
  const first = ids(0, SERIES / BATCH).map((batch) => [request(labelsOf, batch * BATCH, BATCH, 0)]);
  const repeated = [ids(0, TIMES).map((time) => request(labelsOf, 0, REPEATED, time))];
  const row = async (
    title: string,
    bytesOf: (batches: Uint8Array[][]) => Promise<number> | number,
  ): Promise<string[]> => [
    title,
    (await bytesOf(first) / SERIES).toFixed(1),
    (await bytesOf(repeated) / (REPEATED * TIMES)).toFixed(1),
  ];
  console.log(name);
  console.log(formatTable([
    ["bytes a sample on disk", "first sight", "repeated"],
    await row("walq.metrics.v1", (batches) => fileBytes("walq.metrics.v1", batches)),
    await row(
      `the same in ${PARTITIONS} parts`,
      (batches) => fileBytes("walq.metrics.v1", batches, PARTITIONS),
    ),
    await row("alloy.metrics.queue.v1", (batches) => fileBytes("alloy.metrics.queue.v1", batches)),
    await row("the requests under snappy", (batches) => sumOf(batches.flat())),
    await row("the requests", (batches) => sumOf(batches.flat().map(uncompress))),
  ]));
}

function sumOf(all: readonly Uint8Array[]): number {
  return all.reduce((sum, { length }) => sum + length, 0);
}

/** Values that change as those of counters and gauges do. */
function request(labelsOf: LabelsOf, first: number, count: number, time: number): Uint8Array {
  const template = new RequestTemplate(ids(first, count).map(labelsOf));
  return template.fill(
    START_MS + time * 15_000,
    (row) => row % 3 === 0 ? row * 1000 + time * (row % 97) : row / 7 + time * 0.25,
  );
}

async function fileBytes(
  format: BatchFormat,
  batches: Uint8Array[][],
  partitions: number = 1,
): Promise<number> {
  const kernel = await loadKernel();
  let all = 0;
  for (const bodies of batches) {
    const rules = {
      format,
      names: "utf8",
      labelLimit: 0,
      labelNameLengthLimit: 0,
      labelValueLengthLimit: 0,
    } as const;
    const writer = kernel.createWriter({ rules });
    for (const body of bodies) {
      writer.addRequest(body, {
        message: "prometheus.WriteRequest",
        compression: "snappy",
        uncompressedBytesMax: 1 << 27,
        cutoffMs: 0,
        latestMs: Infinity,
      });
    }
    for (const { batch } of writer.encodeParts(partitions)) {
      all += sumOf(encodeRecord({ meta: metaOf(batch), data: batch.data }));
    }
  }
  return all;
}
