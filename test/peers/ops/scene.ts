/**
 * walq in every state that somebody may be woken for, at once: endpoints that take, are down,
 * refuse who asks, reject the data and are slow; a damaged file, files that nobody sends, and a
 * second walq whose disk refuses. A real Prometheus scrapes both, and evaluates the rules.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { EndpointServer } from "../../contract/endpoint_server.ts";
import { jsonOtlp, nano, requestOf } from "../../support/otlp.ts";
import { Prometheus } from "../support/prometheus.ts";
import { freePort, scratchDirectory } from "../support/scratch.ts";
import { Sender } from "../support/send.ts";
import { Tmpfs, whyNoTmpfs } from "../support/tmpfs.ts";
import { until } from "../support/until.ts";
import { WalqProgram, writeConfig } from "../support/walq.ts";
import { RequestTemplate } from "../support/write_request.ts";

/** What each endpoint answers. */
const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  well: (response) => void response.writeHead(204).end(),
  down: (response) => void response.destroy(),
  refuses: (response) => void response.writeHead(401).end("who are you"),
  rejects: (response) => void response.writeHead(400).end("out of order"),
};
const SERIES = 200;
/** Requests that the slow endpoint has to catch up on: half a minute's worth. */
const BACKLOG = 150;
/** For each hundred signals: up to 2,000 a second, where less than 600 come. */
const SLOW_MS = 50;
/** Between two rounds of what comes in. */
const PAUSE_MS = 1_000;
/** walq's own metrics are more than a thousand. */
const SELF_INTERVAL = "5s";
const LOAD = new RequestTemplate(
  Array.from({ length: SERIES }, (_, row) => [["__name__", "load"], ["row", `${row}`]] as const),
);

const LONG_AGO_MS = 6 * 3_600_000;
const DISK_BYTES = 2 * 1024 * 1024;
/** Two files: each takes a page of it. */
const FREE_BYTES = 8192;

export class Scene {
  readonly prometheus: Prometheus;
  readonly #walq: WalqProgram;
  readonly #second: WalqProgram;
  readonly #sender: Sender;
  readonly #toSecond: Sender;

  private constructor(
    walq: WalqProgram,
    second: WalqProgram,
    sender: Sender,
    prometheus: Prometheus,
  ) {
    this.#walq = walq;
    this.#second = second;
    this.prometheus = prometheus;
    this.#sender = sender;
    this.#toSecond = new Sender(second.writeUrl);
  }

  static async open(context: TestContext): Promise<Scene> {
    const server = new EndpointServer();
    await server.open();
    context.after(() => server.close());
    let slow = (response: ServerResponse): void => void response.writeHead(503).end();
    const urls = Object.fromEntries(
      Object.entries(ANSWERS).map(([name, answer]) => [name, server.at(`/${name}`, answer)]),
    );
    urls["slow"] = server.at("/slow", (response) => slow(response));
    const walq = await WalqProgram.start("node", await configOf(urls));
    context.after(() => walq.program.stop("SIGKILL"));
    const second = await startSecond(context, urls["down"]!);
    const sender = new Sender(walq.writeUrl);
    context.after(() => sender.close());
    // What the slow one has to catch up on is there before Prometheus looks at it first.
    for (let at = 0; at < BACKLOG; at++) await send(sender, Date.now() + at);
    const prometheus = await startPrometheus(context, [walq, second.walq]);
    const scene = new Scene(walq, second.walq, sender, prometheus);
    context.after(() => scene.#toSecond.close());
    slow = (response) => void setTimeout(() => response.writeHead(204).end(), SLOW_MS);
    second.fillDisk();
    return scene;
  }

  /** One of everything that may come in, and what is turned away. */
  async sendAll(): Promise<void> {
    await delay(PAUSE_MS);
    await send(this.#sender, Date.now());
    await send(this.#sender, Date.now() - LONG_AGO_MS, 400);
    const point = { timeUnixNano: nano(Date.now()), asInt: "1" };
    const metrics = jsonOtlp(requestOf([{ name: "m", gauge: { dataPoints: [point] } }]));
    const { origin } = this.#walq;
    await post(`${origin}/v1/metrics`, "application/json", metrics as BodyInit);
    await post(`${origin}/api/v1/import/prometheus`, "text/plain", "pushed 1\n");
    // The disk of the other one takes no more.
    await this.#toSecond.send(LOAD.fill(Date.now(), (row) => row)).catch(() => {});
  }

  async untilSecondRefuses(): Promise<void> {
    await until("the disk of the second walq refuses", async () => {
      await this.sendAll();
      return await this.#second.metric("walq_store_failing") === 1;
    });
  }

  async killSecond(): Promise<void> {
    await this.#second.program.stop("SIGKILL");
  }
}

/** The main one: with a damaged file, and a file of an endpoint that is not configured. */
async function configOf(urls: Readonly<Record<string, string>>): Promise<string> {
  const directory = scratchDirectory("ops");
  const dataPath = join(directory, "data");
  for (const name of ["well", "old"]) {
    mkdirSync(join(dataPath, name, "wal"), { recursive: true });
    writeFileSync(join(dataPath, name, "wal", "1.committed"), "no batch of walq");
  }
  const listen = `127.0.0.1:${await freePort()}`;
  const web = join(directory, "web.yml");
  writeFileSync(web, "http_server_config: { http2: true }\n");
  const config = join(directory, "walq.yaml");
  const endpoints = Object.entries(urls).map(([name, url]) =>
    `  - name: ${name}
    url: ${url}
    queue_config:
      min_shards: 1
      max_shards: 1
      max_samples_per_send: 100
      batch_count_max: 100
      min_backoff: 100ms
      max_backoff: 1s
      max_disk_bytes: 64MiB
      split_on_bad_request: false
`
  );
  writeFileSync(
    config,
    `server:
  listen: ${listen}
  web_config_file: ${web}
queue: { data_path: ${dataPath}, ttl: 1h }
scrape_configs:
  - job_name: self
    scrape_interval: ${SELF_INTERVAL}
    static_configs: [{ targets: ["${listen}"] }]
remote_write:
${endpoints.join("")}`,
  );
  return config;
}

/** One on a disk that can be filled; where none can be mounted, one that only ends. */
async function startSecond(
  context: TestContext,
  url: string,
): Promise<{ walq: WalqProgram; fillDisk: () => void }> {
  const disk = whyNoTmpfs() === false ? Tmpfs.mount("ops", DISK_BYTES) : undefined;
  const directory = scratchDirectory("ops");
  const dataPath = disk === undefined ? join(directory, "data") : join(disk.path, "data");
  const walq = await WalqProgram.start("node", await writeConfig({ directory, url, dataPath }));
  context.after(async () => {
    await walq.program.stop("SIGKILL");
    disk?.unmount();
  });
  return { walq, fillDisk: () => disk?.fillUpTo(FREE_BYTES) };
}

async function startPrometheus(
  context: TestContext,
  walqs: readonly WalqProgram[],
): Promise<Prometheus> {
  const targets = walqs.map(({ origin }) => new URL(origin).host);
  const prometheus = await Prometheus.start(
    `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: ["${resolve("ops/prometheus/walq.rules.yaml")}"]
scrape_configs: [{ job_name: walq, static_configs: [{ targets: ${JSON.stringify(targets)} }] }]
`,
  );
  context.after(() => prometheus.program.stop("SIGKILL"));
  return prometheus;
}

async function send(sender: Sender, timestampMs: number, expected = 204): Promise<void> {
  const { status, text } = await sender.send(LOAD.fill(timestampMs, (row) => row));
  assert.equal(status, expected, text);
}

async function post(url: string, type: string, body: BodyInit): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
  const text = await answer.text();
  assert.ok(answer.ok, `${url}: ${answer.status} ${text}`);
}
