/**
 * The load of the benchmarks, in a process of its own: scrapes of `--series`
 * series of 10 labels, one every `--interval-ms`, in requests of `--rows`, over
 * four connections. With `--churn`, the series of each scrape are new ones;
 * `--wire 2.0` sends remote write 2.0. Prints what it did as JSON.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Sender } from "../test/peers/support/send.ts";
import type { Wire } from "../test/peers/support/wire.ts";
import { ids, tenLabels } from "../test/peers/support/workload.ts";
import { RequestTemplate } from "../test/peers/support/write_request.ts";

/** What a load process did. */
export interface LoadReport {
  readonly requests: number;
  readonly samples: number;
  readonly bodyBytes: number;
  readonly plainBytes: number;
  readonly seconds: number;
  /** The median time to an answer, from the request's first byte on. */
  readonly answerMsMedian: number;
  readonly answerMs99: number;
}

const CONNECTIONS = 4;

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    series: { type: "string" },
    rows: { type: "string" },
    scrapes: { type: "string" },
    "interval-ms": { type: "string" },
    wire: { type: "string", default: "1.0" },
    churn: { type: "boolean", default: false },
    "first-id": { type: "string", default: "0" },
  },
});
const series = Number(values.series);
const rows = Number(values.rows);
const scrapes = Number(values.scrapes);
const intervalMs = Number(values["interval-ms"]);
const firstId = Number(values["first-id"]);
const wire: Wire = values.wire === "2.0" ? "2.0" : "1.0";

const blocks = Math.ceil(series / rows);
const senders = ids(0, CONNECTIONS).map(() => new Sender(values.url!, wire));
const answersMs: number[] = [];
let bodyBytes = 0;
let plainBytes = 0;
// In thousands of blocks, templates of all of them would take gigabytes.
const isOnce = scrapes === 1;
let templates = isOnce ? [] : templatesOf(0);

const beganMs = performance.now();
for (let scrape = 0; scrape < scrapes; scrape++) {
  const dueMs = beganMs + scrape * intervalMs - performance.now();
  if (dueMs > 0) await delay(dueMs);
  // All of them first: making one takes longer than sending it, and new series are to come as
  // close to each other as those that stay.
  if (values.churn && scrape > 0) templates = templatesOf(scrape);
  const timestampMs = Date.now();
  await Promise.all(senders.map((sender, at) => sendBlocks(sender, at, scrape, timestampMs)));
}
const seconds = (performance.now() - beganMs) / 1000;
for (const sender of senders) sender.close();
answersMs.sort((a, b) => a - b);
const quantile = (share: number): number =>
  answersMs[Math.min(answersMs.length - 1, Math.floor(answersMs.length * share))]!;
console.log(JSON.stringify(
  {
    requests: answersMs.length,
    samples: series * scrapes,
    bodyBytes,
    plainBytes,
    seconds,
    answerMsMedian: quantile(0.5),
    answerMs99: quantile(0.99),
  } satisfies LoadReport,
));

async function sendBlocks(
  sender: Sender,
  connection: number,
  scrape: number,
  timestampMs: number,
): Promise<void> {
  for (let block = connection; block < blocks; block += CONNECTIONS) {
    const template = templates[block] ?? templateOf(block, scrape);
    const body = template.fill(timestampMs, (row) => valueOf(block * rows + row, scrape));
    bodyBytes += body.length;
    plainBytes += template.plainBytes;
    const sentMs = performance.now();
    const { status, text } = await sender.send(body);
    answersMs.push(performance.now() - sentMs);
    if (status !== 204 && status !== 200) throw new Error(`answered ${status}: ${text}`);
  }
}

function templatesOf(scrape: number): RequestTemplate[] {
  return ids(0, blocks).map((block) => templateOf(block, scrape));
}

function templateOf(block: number, scrape: number): RequestTemplate {
  const first = block * rows;
  const count = Math.min(rows, series - first);
  const from = firstId + first + (values.churn ? scrape * series : 0);
  return new RequestTemplate(ids(from, count).map((id) => tenLabels("bench_sample", id)), wire);
}

/** A quarter of the series stand still, half of them count, a quarter are gauges with fractions. */
function valueOf(id: number, scrape: number): number {
  if (id % 4 === 0) return id;
  if (id % 4 === 1) return Math.sin(id + scrape / 10) * 100;
  return id * 1000 + scrape * (id % 17);
}
