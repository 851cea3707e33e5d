/**
 * CPU microseconds a data point of OTLP in protobuf, on the runtime it is run by: read alone,
 * read and translated, and from the request to the durable commit, of series that came before
 * and of series that are new. protobufjs reads the same bytes. Medians.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Queue } from "../mod.ts";
import { otlpHandler } from "../receiver.ts";
import { readOtlp } from "../src/otlp/content.ts";
import { attributesIn } from "../src/otlp/raw_attributes.ts";
import { attributesOf, decodeOtlp, encodeOtlp, nano, requestOf } from "../test/support/otlp.ts";

/** Points of a request. */
const POINTS = 1_000;
/** Of a metric. */
const SERIES = 10;
const REQUESTS = 10;
const ROUNDS = 40;
const FRESH_ROUNDS = 4;
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Mix = "numbers" | "numbers, and a histogram in ten";

const RESOURCE = {
  "service.name": "checkout",
  "service.namespace": "shop",
  "service.instance.id": "627cc493-f310-47de-96bd-71410b7dec09",
  "host.name": "node-17",
  "k8s.pod.name": "checkout-7d9f8b6c5-x2x9k",
  "telemetry.sdk.language": "nodejs",
};

const startMs = Date.now() - 3_600_000;

function metricOf(mix: Mix, metric: number, round: number, timeMs: number): object {
  const isHistogram = mix !== "numbers" && metric % 10 === 9;
  const dataPoints = Array.from({ length: SERIES }, (_, series) => {
    const value = metric * 31 + series * 7 + round;
    const common = {
      attributes: attributesOf({
        "http.request.method": series % 2 === 0 ? "GET" : "POST",
        "http.route": `/api/v1/orders/${series}`,
        "http.response.status_code": BigInt(200 + series % 5),
      }),
      startTimeUnixNano: nano(startMs),
      timeUnixNano: nano(timeMs),
    };
    if (!isHistogram) return { ...common, asDouble: value * 1.25 };
    const bucketCounts = [...BOUNDS, Infinity].map((_, place) => String(value + place));
    const count = bucketCounts.reduce((sum, one) => sum + Number(one), 0);
    return { ...common, count: String(count), sum: value, bucketCounts, explicitBounds: BOUNDS };
  });
  const described = { name: `http.server.metric_${metric}`, unit: "s", description: "How long." };
  const sums = { aggregationTemporality: 2, dataPoints };
  if (isHistogram) return { ...described, histogram: sums };
  if (metric % 2 === 0) return { ...described, gauge: { dataPoints } };
  return { ...described, sum: { ...sums, isMonotonic: true } };
}

/** `first` keeps the series of one request from those of another. */
function requestBytes(mix: Mix, round: number, first: number = 0): Uint8Array {
  const timeMs = Date.now() - 60_000 + round * 10;
  const metrics = Array.from(
    { length: POINTS / SERIES },
    (_, metric) => metricOf(mix, first + metric, round, timeMs),
  );
  return encodeOtlp(requestOf(metrics, RESOURCE, { name: "http", version: "1.0.0" }));
}

async function cpuUs(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Of a data point. */
async function median(
  work: (round: number) => void | Promise<void>,
  rounds: number = ROUNDS,
): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await cpuUs(() => work(round)));
  const later = times.slice(rounds >> 1).sort((a, b) => a - b);
  return (later[later.length >> 1]! / POINTS / REQUESTS).toFixed(2);
}

function requestOfBytes(body: Uint8Array): Request {
  const headers = { "content-type": "application/x-protobuf" };
  return new Request("http://host/", { method: "POST", headers, body: body as BodyInit });
}

/** As series want them that did not come before. */
function readWithAttributes(body: Uint8Array): void {
  for (const { scopes } of readOtlp(body, "protobuf")) {
    for (const { data: { points } } of scopes.flatMap(({ metrics }) => metrics)) {
      for (const { attributes } of points) attributesIn(attributes);
    }
  }
}

async function measure(mix: Mix): Promise<void> {
  const again = Array.from({ length: REQUESTS }, (_, round) => requestBytes(mix, round));
  // protobufjs takes long to write them.
  const fresh = Array.from(
    { length: FRESH_ROUNDS },
    (_, round) => again.map((_, at) => requestBytes(mix, at, (1 + round * REQUESTS + at) * 1_000)),
  );
  const dataPath = mkdtempSync(join(tmpdir(), "walq-bench-otlp-"));
  // Nobody is there: what is sent costs nothing.
  const endpoints = [{ name: "none", url: "http://127.0.0.1:9/write" }];
  const queue = await Queue.open({ dataPath, endpoints }, { logger: "silent" });
  const handler = otlpHandler(queue);
  const post = async (body: Uint8Array): Promise<void> => {
    const { status } = await handler(requestOfBytes(body));
    if (status !== 200) throw new Error(`status ${status}`);
  };
  try {
    const tell = (name: string, time: string): void =>
      console.log(`${time.padStart(7)}  ${mix}: ${name}`);
    tell("protobufjs", await median(() => again.forEach((body) => void decodeOtlp(body))));
    const read = (body: Uint8Array): void => void readOtlp(body, "protobuf");
    tell("walq's reader", await median(() => again.forEach(read)));
    // Those that come together share one write to the disk.
    const all = await median(() => again.forEach(readWithAttributes));
    tell("walq's reader, and the attributes of all points", all);
    const known = await median(async () => void await Promise.all(again.map(post)));
    tell("request to durable commit, series that came before", known);
    const unknown = await median(
      async (round) => void await Promise.all(fresh[round]!.map(post)),
      FRESH_ROUNDS,
    );
    tell("request to durable commit, new series", unknown);
  } finally {
    await queue.close({ graceMs: 0 });
    rmSync(dataPath, { recursive: true });
  }
}

console.log("µs of CPU a data point, median");
await measure("numbers");
await measure("numbers, and a histogram in ten");
