import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { register } from "prom-client";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { WalqMetricExporter } from "../../opentelemetry.ts";
import { collect } from "../../prom_client.ts";
import { otlpHandler, receiver } from "../../receiver.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { jetStreamStore, type QueueOptions } from "../../src/options.ts";
import { makeAnswer, MemoryPlatform } from "../../testing.ts";
import { Queue } from "../../src/queue.ts";
import { jsonOtlp, nano, requestOf } from "../support/otlp.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";

/** Where the public names have examples; each of them must run as it stands. */
const DOCUMENTED = [
  "README.md",
  "docs/library.md",
  "docs/nats.md",
  "docs/otlp.md",
  "src/default_queue.ts",
  "src/appender/appender.ts",
  "src/collect/collect.ts",
  "src/exporter/exporter.ts",
  "src/queue.ts",
  "src/receive/receiver.ts",
];

/** A request of remote write, as a sender's arrives. */
function writeRequest(): Request {
  const body = encodeRequest([wireSeries({ __name__: "up" }, Date.now(), 1)]) as BodyInit;
  const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
  return new Request("http://walq/api/v1/write", { method: "POST", headers, body });
}

/** A request of OTLP, as a sender's arrives. */
function otlpRequest(): Request {
  const point = { timeUnixNano: nano(Date.now()), asInt: "1" };
  const body = jsonOtlp(requestOf([{ name: "m", gauge: { dataPoints: [point] } }])) as BodyInit;
  const headers = { "content-type": "application/json" };
  return new Request("http://walq/v1/metrics", { method: "POST", headers, body });
}

const OPTIONS = { dataPath: "/data", endpoints: [{ name: "one", url: "http://one/" }] };

/** Of nobody, in the form that nsc writes. */
const CREDENTIALS = [
  "-----BEGIN NATS USER JWT-----",
  "eyJhbGciOiJ.x.x",
  "------END NATS USER JWT------",
  "-----BEGIN USER NKEY SEED-----",
  `SU${"A".repeat(56)}`,
  "------END USER NKEY SEED------",
].join("\n");

/** Runs the text of a function that is given these names. */
type Example = (...values: unknown[]) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (...text: string[]) => Example;

for (const path of DOCUMENTED) {
  const found = examplesIn(readFileSync(path, "utf8"));
  test(`${path} has examples`, () => assert.notEqual(found.length, 0));
  for (const [index, code] of found.entries()) {
    const isTest = code.includes("new MemoryPlatform");
    if (isTest) test(`example ${index + 1} of ${path} is a test that passes`, () => runTest(code));
    else test(`example ${index + 1} of ${path} runs and what it sends arrives`, () => run(code));
  }
}

/** The TypeScript blocks, without comment stars and imports. */
function examplesIn(text: string): string[] {
  const blocks = text.matchAll(/```ts\n(.*?)```/gs);
  return [...blocks].map(([, block = ""]) =>
    block.replaceAll(/^ *\* ?/gm, "").replaceAll(/^import .*$/gm, "")
  );
}

/** It brings its host, and its assertions. */
async function runTest(code: string): Promise<void> {
  await loadKernel();
  assert.match(code, /\bassert\./);
  const names = ["Queue", "MemoryPlatform", "makeAnswer", "assert"];
  await new AsyncFunction(...names, code)(Queue, MemoryPlatform, makeAnswer, assert);
}

/** On a host in memory; `open` is the real one. */
async function run(code: string): Promise<void> {
  // Compiling and loading take real time, which the clock of the platform does not see.
  await loadKernel();
  await import("../../src/receive/otlp.ts");
  const platform = new MemoryPlatform({ startMs: Date.now() });
  platform.files.plant("/etc/walq/nats.creds", new TextEncoder().encode(CREDENTIALS));
  let arrived = 0;
  platform.http.script = () => {
    arrived++;
    return makeAnswer(204);
  };
  const open = (options: QueueOptions): Promise<Queue> => Queue.open(options, { platform });
  const opensItself = code.includes("Queue.open");
  const queue = opensItself ? undefined : await open(OPTIONS);
  // A name that is given may not be declared again.
  const given: Record<string, unknown> = {
    Queue: { open },
    jetStreamStore,
    bearerToken: "secret",
    collect,
    register,
    receiver,
    otlpHandler,
    WalqMetricExporter,
    MeterProvider,
    PeriodicExportingMetricReader,
    request: code.includes("otlpHandler") ? otlpRequest() : writeRequest(),
    ...(opensItself ? {} : { queue }),
  };
  const example = new AsyncFunction(...Object.keys(given), code);
  let isDone = false;
  const done = example(...Object.values(given))
    .then(() => queue?.close({ graceMs: 5000 }))
    .finally(() => isDone = true);
  done.catch(() => {});
  assert.ok(await platform.time.advanceUntil(() => isDone, 60_000), "the example does not end");
  await done;
  // A queue in a stream that others share may leave it to them.
  const { messages = [] } = platform.streams.get("metrics") ?? {};
  assert.notEqual(arrived + messages.length, 0);
}
