/**
 * Nanoseconds of CPU a sample of every stage of the kernel, on the runtime it is run
 * by: batches of 10,000 series of 10 labels, the same in every batch and, for
 * adding, also new ones in every batch; medians, with caches that are warm from the stage
 * before and with cold ones. A batch is read in two ways: as it is handed from the writer
 * to an endpoint that keeps up, and from its data, as the disk gives it back. hysnappy does
 * its part of the same work beside it, and a reader with five rules for labels.
 */
import { snappyCompressor, snappyUncompressor } from "hysnappy";
import type { BatchReader, EncodedBatch, LoadableBatch, RequestBody } from "../src/contracts.ts";
import { loadKernel } from "../src/kernel/kernel.ts";
import { plainRequest } from "../test/peers/support/read_request.ts";
import { ids, tenLabels } from "../test/peers/support/workload.ts";
import { RequestTemplate } from "../test/peers/support/write_request.ts";
import { chillCaches } from "./cold_caches.ts";
import { fiveRules } from "./five_rules.ts";
import { BYTES_MAX, drainReader, readerOptions } from "./kernel_reader.ts";
import { Stages } from "./stages.ts";
import { formatTable } from "./table.ts";

const SERIES = 10_000;
const REQUEST_ROWS = 2_000;
const WARM_UP_ROUNDS = 20;
const ROUNDS = { warm: 60, cold: 30 };
const NEW_EVERY_ROUNDS = 5;
const ADD_OPTIONS = {
  message: "prometheus.WriteRequest",
  compression: "snappy",
  uncompressedBytesMax: BYTES_MAX,
  cutoffMs: 0,
  latestMs: Infinity,
} as const;

const kernel = await loadKernel();
const writer = kernel.createWriter();
const handedReader = kernel.createReader(readerOptions);
const dataReader = kernel.createReader(readerOptions);
const ruled = kernel.createReader({ ...readerOptions, relabel: fiveRules });
const RULES = "with five rules for labels: ";
const FIRST_SIGHT = `${RULES}load of series at first sight`;
const compress = snappyCompressor();
const uncompress = snappyUncompressor();
/** Takes the same in for a store of several partitions. */
const partedWriter = kernel.createWriter();
const PARTITIONS = 32;
/** Meets new series only. */
const churnWriter = kernel.createWriter();
const CHURN = "add of series that are new: the same";
const ADD = "add: unsnappy, parse, check, hash, look up";
const ENCODE = "encode: serialise, snappy, checksum";
const ENCODE_PARTS = `${ENCODE}, in ${PARTITIONS} parts`;
const LOAD_HANDED = "handed, load: look up";
const ROUTE_HANDED = "handed, route and take: encode, snappy";
const LOAD_DATA = "from its data, load: checksum, unsnappy, check";
const ROUTE_DATA = "from its data, route and take: encode, snappy";
const templates = templatesFrom(0);
let fileBytes = 0;
let partsBytes = 0;
let wireBytes = 0;

let round = 0;
let stages = new Stages();
runRounds(WARM_UP_ROUNDS);
const warm = stages = new Stages();
runRounds(ROUNDS.warm);
const cold = stages = new Stages(chillCaches);
runRounds(ROUNDS.cold);
printStages();

function runRounds(count: number): void {
  // In rounds of their own: parts take memory, which would have them pay for what others leave to be collected.
  for (const end = round + count; round < end; round++) inParts();
  round -= count;
  for (const end = round + count; round < end; round++) runRound();
}

function bodiesOfRound(): Uint8Array[] {
  return templates.map((template) =>
    template.fill(1_700_000_000_000 + round * 15_000, (row) => row % 3 ? row * round : row)
  );
}

function inParts(): void {
  for (const body of bodiesOfRound()) partedWriter.addRequest(body, ADD_OPTIONS);
  const parts = timed(ENCODE_PARTS, () => partedWriter.encodeParts(PARTITIONS));
  partsBytes = parts.reduce((sum, { batch }) => sum + batch.data.length, 0);
}

function runRound(): void {
  const bodies = bodiesOfRound();
  timed(ADD, () => {
    for (const body of bodies) writer.addRequest(body, ADD_OPTIONS);
  });
  const batch = timed(ENCODE, () => writer.encode());
  // To make them takes longer than all the rest.
  if (round % NEW_EVERY_ROUNDS === 0) addNew();
  // Sets that are seen for the first time have no handles yet.
  if (batch.handed === undefined && round >= WARM_UP_ROUNDS) {
    throw new Error("The writer hands no batch over");
  }
  read(handedReader, batch, LOAD_HANDED, ROUTE_HANDED);
  const { handed: _, ...stored } = batch;
  const requests = read(dataReader, stored, LOAD_DATA, ROUTE_DATA);
  fileBytes = batch.data.length;
  wireBytes = requests.reduce((sum, { bytes }) => sum + bytes.length, 0);
  beside(bodies, batch, requests);
  byRules(batch);
}

function read(
  reader: BatchReader,
  batch: LoadableBatch,
  load: string,
  route: string,
): RequestBody[] {
  timed(load, () => reader.load(batch));
  const requests = timed(route, () => drainReader(reader));
  const routed = requests.reduce((sum, { signals }) => sum + signals, 0);
  if (routed !== SERIES) throw new Error(`${routed} of ${SERIES} signals were routed`);
  return requests;
}

function templatesFrom(first: number): RequestTemplate[] {
  return ids(0, SERIES / REQUEST_ROWS).map((block) =>
    new RequestTemplate(
      ids(first + block * REQUEST_ROWS, REQUEST_ROWS).map((id) => tenLabels("bench", id)),
    )
  );
}

function addNew(): void {
  const bodies = templatesFrom((round + 1) * SERIES)
    .map((template) => template.fill(1_700_000_000_000 + round * 15_000, (row) => row));
  timed(CHURN, () => {
    for (const body of bodies) churnWriter.addRequest(body, ADD_OPTIONS);
  });
  churnWriter.encode();
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
  return stages.timed(stage, work);
}

function printStages(): void {
  const both = (names: readonly string[]): string[] =>
    [warm, cold].map((one) =>
      names.reduce((sum, name) => sum + one.medianNs(name, SERIES), 0).toFixed(0)
    );
  console.log(formatTable([
    ["ns of CPU a sample, median", "warm", "cold"],
    ...warm.names.map((name) => [name, ...both([name])]),
    ["the kernel in all, handed", ...both([ADD, ENCODE, LOAD_HANDED, ROUTE_HANDED])],
    ["the kernel in all, from its data", ...both([ADD, ENCODE, LOAD_DATA, ROUTE_DATA])],
    ["file, bytes a sample", (fileBytes / SERIES).toFixed(1), ""],
    [`in ${PARTITIONS} parts, bytes a sample`, (partsBytes / SERIES).toFixed(1), ""],
    ["requests out, bytes a sample", (wireBytes / SERIES).toFixed(1), ""],
  ]));
  console.log("cold: this process has walked 64 MiB before each stage");
}
