/**
 * Two machines, as processes: what one has taken in while its endpoint was down is exported,
 * imported on the other, delivered from there, and compared signal by signal.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { compress, uncompress } from "../support/hysnappy.ts";
import { decodeRequest, encodeRequest } from "../support/remote_write.ts";
import type { LabelPairs, RequestForm, SeriesForm, Signal } from "../support/signals.ts";
import { wholeBody } from "../support/whole_body.ts";
import { bitsOf, HISTOGRAM } from "../tools/support.ts";
import { Program } from "./program.ts";

const V2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
const SERIES = 200;

let directory: string;
let endpoint: Server;
let isUp = false;
const arrived: RequestForm[] = [];
let heard = (): void => {};

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "walq-tools-"));
  endpoint = createServer(async (request, answer) => {
    const body = await wholeBody(request);
    if (body === undefined) return;
    if (!isUp) return void answer.writeHead(503).end();
    const decoded = decodeRequest(uncompress(body), "v2");
    arrived.push(decoded);
    const kinds = decoded.series.flatMap(({ signals }) => signals.map(({ kind }) => kind));
    const count = (kind: string): string => `${kinds.filter((one) => one === kind).length}`;
    answer.writeHead(204, {
      "x-prometheus-remote-write-samples-written": count("sample"),
      "x-prometheus-remote-write-histograms-written": count("histogram"),
      "x-prometheus-remote-write-exemplars-written": count("exemplar"),
    }).end();
    heard();
  }).listen(0, "127.0.0.1");
  await once(endpoint, "listening");
});
after(async () => {
  endpoint.close();
  endpoint.closeAllConnections();
  await rm(directory, { recursive: true });
});

/** Samples with and without start timestamps, stale markers, exemplars, histograms, metadata. */
function seriesAt(number: number, nowMs: bigint): SeriesForm {
  const labels: LabelPairs = [["__name__", `m${number % 7}_total`], ["number", `${number}`]];
  const metadata = { family: `m${number % 7}_total`, type: 1, help: "What it counts.", unit: "" };
  if (number % 5 === 0) {
    const signals: Signal[] = [
      { kind: "histogram", timestampMs: nowMs, startMs: nowMs - 5_000n, histogram: HISTOGRAM },
    ];
    return { labels, signals, metadata };
  }
  const bits = number % 11 === 0 ? 0x7ff0_0000_0000_0002n : bitsOf(number / 3);
  const startMs = number % 2 === 0 ? nowMs - 60_000n : 0n;
  const signals: Signal[] = [{ kind: "sample", timestampMs: nowMs, startMs, bits }];
  if (number % 3 === 0) {
    const exemplarLabels: LabelPairs = [["trace_id", `t${number}`]];
    signals.push({ kind: "exemplar", timestampMs: nowMs + 1n, bits: bitsOf(1), exemplarLabels });
  }
  return { labels, signals, metadata };
}

async function configFor(machine: string, name: string): Promise<string> {
  const { port } = endpoint.address() as AddressInfo;
  const path = join(directory, `${machine}.yaml`);
  await writeFile(
    path,
    `remote_write:
  - url: http://127.0.0.1:${port}/
    name: ${name}
    protobuf_message: io.prometheus.write.v2.Request
    send_exemplars: true
    send_native_histograms: true
    queue_config: { flush_interval: 10ms, min_backoff: 30ms, max_backoff: 50ms }
queue: { data_path: ${JSON.stringify(join(directory, machine))} }
server: { listen: 127.0.0.1:0 }
`,
  );
  return path;
}

async function walq(...args: string[]): Promise<{ code: number; output: string }> {
  const program = new Program(args, directory);
  const code = await program.ended;
  return { code, output: program.output };
}

test("a backlog goes from one machine to another by a file, and arrives whole and once", async () => {
  const nowMs = BigInt(Date.now());
  const sent = Array.from({ length: SERIES }, (_, number) => seriesAt(number, nowMs));
  const offshore = await configFor("offshore", "cloud");
  const first = new Program(["run", "--config", offshore, "--shutdown-grace", "0s"], directory);
  const port = await first.line(/walq is ready.* listen=127\.0\.0\.1:(\d+)/);
  for (let at = 0; at < SERIES; at += 50) {
    const body = compress(encodeRequest({ series: sent.slice(at, at + 50), metadata: [] }, "v2"));
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/write`, {
      method: "POST",
      headers: { "content-type": V2, "content-encoding": "snappy" },
      body: body as Uint8Array<ArrayBuffer>,
    });
    assert.equal(answer.status, 204, await answer.text());
  }
  const beside = await walq("export", "backlog.tar", "--config", offshore, "--move");
  assert.equal(beside.code, 1);
  assert.match(
    beside.output,
    new RegExp(`process ${first.pid} .*owns it; stop that process first`),
  );
  assert.match(
    (await walq("export", "copy.tar", "--config", offshore)).output,
    /has the queue open/,
  );
  assert.equal((await walq("verify", "--config", offshore)).code, 0);
  first.signal("SIGTERM");
  assert.equal(await first.ended, 0);

  const moved = await walq("export", "backlog.tar", "--config", offshore, "--move");
  assert.match(moved.output, /^moved \d+ batches/, moved.output);
  const onshore = await configFor("onshore", "mimir");
  const unclear = await walq("import", "backlog.tar", "--config", onshore);
  assert.match(unclear.output, /has no endpoint "cloud", but "mimir"/);
  for (
    const times of [/^imported [1-9]/, /^imported 0 .*\n[1-9]\d* batches were imported before/]
  ) {
    const imported = await walq(
      "import",
      "backlog.tar",
      "--config",
      onshore,
      "--endpoint",
      "mimir",
    );
    assert.equal(imported.code, 0, imported.output);
    assert.match(imported.output, times);
  }
  const again = await walq("import", "copy.tar", "--config", onshore, "--endpoint", "mimir");
  assert.match(again.output, /^imported 0 /);

  isUp = true;
  const second = new Program(["run", "--config", onshore], directory);
  const signals = (all: readonly SeriesForm[]): number =>
    all.reduce((sum, one) => sum + one.signals.length, 0);
  const all = (): SeriesForm[] => arrived.flatMap(({ series }) => series);
  while (signals(all()) < signals(sent)) await new Promise<void>((resolve) => heard = resolve);
  second.signal("SIGTERM");
  assert.equal(await second.ended, 0, second.output);
  assert.deepEqual(bySeries(all()), bySeries(sent));
});

/** What each series has, whatever requests it came in. */
function bySeries(all: readonly SeriesForm[]): [string, unknown][] {
  const found = new Map<string, { signals: Signal[]; help: string | undefined }>();
  for (const { labels, signals, metadata } of all) {
    const key = JSON.stringify(labels);
    const one = found.get(key) ?? { signals: [], help: metadata?.help };
    one.signals.push(...signals);
    found.set(key, one);
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1);
}
