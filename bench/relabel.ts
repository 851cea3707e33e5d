/**
 * What rules for labels cost in steady load: nanoseconds of CPU a sample (user and
 * system, of the whole process) from a batch to its sealed requests, on the runtime it
 * is run by. 20,000 series of 10 labels in requests of 2,000, in batches of 10,000 as the
 * writer makes them; the requests of a scrape come in another order each time. Beside a
 * reader with five rules: one without, and one without whose series have the labels
 * that the rules make, so that both send the same. They take turns; medians.
 */
import process from "node:process";
import type { BatchReader, EncodedBatch, LabelPair, ReaderOptions } from "../src/contracts.ts";
import { loadKernel } from "../src/kernel/kernel.ts";
import { ids, tenLabels } from "../test/peers/support/workload.ts";
import { RequestTemplate } from "../test/peers/support/write_request.ts";
import { fiveRules } from "./five_rules.ts";
import { BYTES_MAX, drainReader, readerOptions } from "./kernel_reader.ts";
import { medianOf } from "./statistics.ts";
import { formatTable } from "./table.ts";

const SERIES = 20_000;
const BATCH_ROWS = 10_000;
const REQUEST_ROWS = 2_000;
const WARM_UP_SCRAPES = 20;
const SCRAPES = 100;

const kernel = await loadKernel();

/** A reader, and the batches that it gets. */
class Contestant {
  readonly #name: string;
  readonly #templates: RequestTemplate[];
  readonly #writer = kernel.createWriter();
  readonly #reader: BatchReader;
  readonly #loadNs: number[] = [];
  readonly #routeNs: number[] = [];
  #wireBytes = 0;

  constructor(
    name: string,
    more: Partial<ReaderOptions>,
    labelsOf: (id: number) => readonly LabelPair[],
  ) {
    this.#name = name;
    this.#reader = kernel.createReader({ ...readerOptions, ...more });
    this.#templates = ids(0, SERIES / REQUEST_ROWS).map((block) =>
      new RequestTemplate(ids(block * REQUEST_ROWS, REQUEST_ROWS).map(labelsOf))
    );
  }

  /** The batches of a scrape whose requests come in an order that `scrape` says. */
  batches(scrape: number): EncodedBatch[] {
    const count = this.#templates.length;
    const order = ids(0, count).sort((a, b) =>
      (a * 7 + scrape * 3) % count - (b * 7 + scrape * 3) % count
    );
    const timestampMs = 1_700_000_000_000 + scrape * 15_000;
    const batches: EncodedBatch[] = [];
    for (const block of order) {
      const body = this.#templates[block]!.fill(timestampMs, (row) => row % 3 ? row * scrape : row);
      this.#writer.addRequest(body, {
        message: "prometheus.WriteRequest",
        compression: "snappy",
        uncompressedBytesMax: BYTES_MAX,
        cutoffMs: 0,
        latestMs: Infinity,
      });
      if (this.#writer.signals === BATCH_ROWS) batches.push(this.#writer.encode());
    }
    return batches;
  }

  read(batches: readonly EncodedBatch[]): void {
    let loadUs = 0;
    let routeUs = 0;
    this.#wireBytes = 0;
    for (const batch of batches) {
      const loading = process.cpuUsage();
      this.#reader.load(batch);
      const routing = process.cpuUsage();
      const requests = drainReader(this.#reader);
      const done = process.cpuUsage();
      loadUs += routing.user + routing.system - loading.user - loading.system;
      routeUs += done.user + done.system - routing.user - routing.system;
      for (const { bytes } of requests) this.#wireBytes += bytes.length;
    }
    this.#loadNs.push(loadUs * 1000 / SERIES);
    this.#routeNs.push(routeUs * 1000 / SERIES);
  }

  /** What was measured so far does not count. */
  forget(): void {
    this.#loadNs.length = 0;
    this.#routeNs.length = 0;
  }

  row(): string[] {
    const whole = this.#loadNs.map((ns, i) => ns + this.#routeNs[i]!);
    const parts = [this.#loadNs, this.#routeNs, whole].map((all) => medianOf(all).toFixed(0));
    return [this.#name, ...parts, (this.#wireBytes / SERIES).toFixed(1)];
  }
}

const contestants = [
  new Contestant("without rules", {}, (id) => tenLabels("bench", id)),
  new Contestant("without rules, labels as rules make them", {}, (id) => relabeled(id)),
  new Contestant("with five rules", { relabel: fiveRules }, (id) => tenLabels("bench", id)),
];
for (let scrape = 0; scrape < WARM_UP_SCRAPES + SCRAPES; scrape++) {
  if (scrape === WARM_UP_SCRAPES) { for (const one of contestants) one.forget(); }
  const batches = contestants.map((one) => one.batches(scrape));
  // Who comes first finds the caches as another one left them: each does in turn.
  for (const turn of ids(scrape, contestants.length)) {
    const at = turn % contestants.length;
    contestants[at]!.read(batches[at]!);
  }
}
console.log(formatTable([
  ["ns of CPU a sample, median", "load", "route and take", "in all", "bytes out"],
  ...contestants.map((one) => one.row()),
]));

function relabeled(id: number): readonly LabelPair[] {
  const labels = fiveRules(tenLabels("bench", id));
  if (typeof labels === "string") throw new Error(`Series ${id} was ${labels}`);
  return labels;
}
