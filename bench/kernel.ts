/**
 * Nanoseconds a sample of every stage of the kernel, on the runtime it is run
 * by: batches of 10,000 series of 10 labels, the same in every batch and, for
 * adding, also new ones in every batch; medians. hysnappy does its part of the
 * same work beside it, and a reader with five rules for labels.
 */
import { snappyCompressor, snappyUncompressor } from "hysnappy";
import type { EncodedBatch, RequestBody } from "../src/contracts.ts";
import { loadKernel } from "../src/kernel/kernel.ts";
import { plainRequest } from "../test/peers/support/read_request.ts";
import { ids, tenLabels } from "../test/peers/support/workload.ts";
import { RequestTemplate } from "../test/peers/support/write_request.ts";
import { fiveRules } from "./five_rules.ts";
import { BYTES_MAX, drainReader, readerOptions } from "./kernel_reader.ts";
import { formatTable } from "./table.ts";

const SERIES = 10_000;
const REQUEST_ROWS = 2_000;
const WARM_UP_ROUNDS = 20;
const ROUNDS = 60;
const ADD_OPTIONS = {
  message: "prometheus.WriteRequest",
  compression: "snappy",
  uncompressedBytesMax: BYTES_MAX,
  cutoffMs: 0,
  latestMs: Infinity,
} as const;

const kernel = await loadKernel();
const writer = kernel.createWriter();
const reader = kernel.createReader(readerOptions);
const ruled = kernel.createReader({ ...readerOptions, relabel: fiveRules });
const RULES = "with five rules for labels: ";
const FIRST_SIGHT = `${RULES}load of series at first sight`;
const compress = snappyCompressor();
const uncompress = snappyUncompressor();
/** Meets new series only. */
const churnWriter = kernel.createWriter();
const CHURN = "add of series that are new: the same";
const templates = templatesFrom(0);
const times = new Map<string, number[]>();
let fileBytes = 0;
let wireBytes = 0;

for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
  if (round === WARM_UP_ROUNDS) times.clear();
  const bodies = templates.map((template) =>
    template.fill(1_700_000_000_000 + round * 15_000, (row) => row % 3 ? row * round : row)
  );
  const batch = timed("add: unsnappy, parse, check, hash, look up", () => add(bodies));
  addNew(round);
  timed("load: checksum, unsnappy, check", () => reader.load(batch));
  const requests = timed("route and take: encode, snappy", () => drainReader(reader));
  const routed = requests.reduce((sum, { signals }) => sum + signals, 0);
  if (routed !== SERIES) throw new Error(`${routed} of ${SERIES} signals were routed`);
  fileBytes = batch.data.length;
  wireBytes = requests.reduce((sum, { bytes }) => sum + bytes.length, 0);
  beside(bodies, batch, requests);
  byRules(batch);
}
report();

function templatesFrom(first: number): RequestTemplate[] {
  return ids(0, SERIES / REQUEST_ROWS).map((block) =>
    new RequestTemplate(
      ids(first + block * REQUEST_ROWS, REQUEST_ROWS).map((id) => tenLabels("bench", id)),
    )
  );
}

function addNew(round: number): void {
  const bodies = templatesFrom((round + 1) * SERIES)
    .map((template) => template.fill(1_700_000_000_000 + round * 15_000, (row) => row));
  timed(CHURN, () => {
    for (const body of bodies) churnWriter.addRequest(body, ADD_OPTIONS);
  });
  churnWriter.encode();
}

function add(bodies: readonly Uint8Array[]): EncodedBatch {
  for (const body of bodies) writer.addRequest(body, ADD_OPTIONS);
  return timed("encode: serialise, snappy, checksum", () => writer.encode());
}

/** The same batch where there are rules, which were asked about its series in the first round; and where they were not. */
function byRules(batch: EncodedBatch): void {
  timed(`${RULES}load`, () => ruled.load(batch));
  timed(`${RULES}route and take`, () => drainReader(ruled));
  const fresh = kernel.createReader({ ...readerOptions, relabel: fiveRules });
  timed(FIRST_SIGHT, () => fresh.load(batch));
}

/** The parts of the work that hysnappy can do, on the same bytes. */
function beside(
  bodies: readonly Uint8Array[],
  batch: EncodedBatch,
  requests: readonly RequestBody[],
): void {
  timed("hysnappy: unsnappy of the requests in", () => bodies.map((body) => plainRequest(body)));
  const plainFile = timed(
    "hysnappy: unsnappy of the file",
    () => uncompress(batch.data, batch.uncompressedBytes),
  );
  timed("hysnappy: snappy of the file", () => compress(plainFile));
  const plain = requests.map(({ bytes, uncompressedBytes }) =>
    uncompress(bytes, uncompressedBytes)
  );
  timed("hysnappy: snappy of the requests out", () => plain.map((body) => compress(body)));
}

function timed<Result>(stage: string, work: () => Result): Result {
  const beganMs = performance.now();
  const result = work();
  const took = performance.now() - beganMs;
  const known = times.get(stage);
  if (known) known.push(took);
  else times.set(stage, [took]);
  return result;
}

function medianNs(stage: string): number {
  const sorted = times.get(stage)!.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]! * 1e6 / SERIES;
}

function report(): void {
  const stages = [...times.keys()];
  const encode = stages.find((stage) => stage.startsWith("encode"))!;
  // Adding was timed with the encoding at its end.
  const nsOf = (stage: string): number =>
    stage.startsWith("add:") ? medianNs(stage) - medianNs(encode) : medianNs(stage);
  const isBeside = (stage: string): boolean =>
    stage.startsWith("hysnappy") || stage.startsWith(RULES) || stage === CHURN;
  const own = stages.filter((stage) => !isBeside(stage))
    .reduce((sum, stage) => sum + nsOf(stage), 0);
  const rows = stages.map((stage) => [stage, nsOf(stage).toFixed(0)]);
  console.log(formatTable([
    ["ns a sample, median", ""],
    ...rows,
    ["the kernel in all", own.toFixed(0)],
    ["file, bytes a sample", (fileBytes / SERIES).toFixed(1)],
    ["requests out, bytes a sample", (wireBytes / SERIES).toFixed(1)],
  ]));
}
