/**
 * The alerts of Prometheus's mixin for remote write, by its expressions, over walq's
 * metrics as a real Prometheus scrapes them: of two endpoints they fire for the one that
 * they should, and rest for the other.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { EndpointServer } from "../contract/endpoint_server.ts";
import { missing } from "./support/installed.ts";
import { Prometheus } from "./support/prometheus.ts";
import { freePort, scratchDirectory } from "./support/scratch.ts";
import { Sender } from "./support/send.ts";
import { until } from "./support/until.ts";
import { WalqProgram } from "./support/walq.ts";
import { RequestTemplate } from "./support/write_request.ts";

/** prometheus-mixin, "PrometheusRemoteStorageFailures", "RemoteWriteBehind" of 3.7 and before it, "DesiredShards". */
const ALERTS = {
  failures: `(
      (rate(prometheus_remote_storage_failed_samples_total[5m]) or rate(prometheus_remote_storage_samples_failed_total[5m]))
    /
      (
        (rate(prometheus_remote_storage_failed_samples_total[5m]) or rate(prometheus_remote_storage_samples_failed_total[5m]))
      +
        (rate(prometheus_remote_storage_succeeded_samples_total[5m]) or rate(prometheus_remote_storage_samples_total[5m]))
      )
    ) * 100 > 1`,
  behind: `(
      max_over_time(prometheus_remote_storage_queue_highest_timestamp_seconds[5m])
    -
      max_over_time(prometheus_remote_storage_queue_highest_sent_timestamp_seconds[5m])
    ) > 120`,
  behindBefore: `(
      max_over_time(prometheus_remote_storage_highest_timestamp_in_seconds[5m])
    - ignoring(remote_name, url) group_right
      max_over_time(prometheus_remote_storage_queue_highest_sent_timestamp_seconds[5m])
    ) > 120`,
  desiredShards: `(
      max_over_time(prometheus_remote_storage_shards_desired[5m])
    >
      max_over_time(prometheus_remote_storage_shards_max[5m])
    )`,
} as const;

type Alert = keyof typeof ALERTS;

const SERIES = 200;
/** Over the two minutes of the alert. */
const LONG_AGO_MS = 200_000;
const SLOW_MS = 100;
/** Requests to walq that the slow endpoint needs the better part of a minute for. */
const BACKLOG = 30;
const options = { skip: missing("prometheus") };

describe("alerts of Prometheus's mixin", options, () => {
  it("fire for the endpoint that is sick, and rest for the one that is well", async (context) => {
    const scene = await Scene.open(context);
    await scene.send(Date.now() - LONG_AGO_MS);
    await scene.untilScrapedTwice();
    await scene.send(Date.now() - LONG_AGO_MS + 1_000);
    await scene.untilSent("sick");
    await scene.expect({});

    scene.sick = (response) => void response.writeHead(400).end("no");
    await scene.send(Date.now() - LONG_AGO_MS + 2_000);
    await scene.expect({ failures: ["sick"] });

    scene.sick = (response) => void response.writeHead(503).end();
    await scene.send(Date.now());
    await scene.untilSent("well");
    await scene.expect({ failures: ["sick"], behind: ["sick"], behindBefore: ["sick"] });

    // It comes back, slowly: too few shards may be had.
    scene.sick = (response) => void setTimeout(() => response.writeHead(204).end(), SLOW_MS);
    for (let more = 1; more <= BACKLOG; more++) await scene.send(Date.now() + more);
    await scene.expect({ failures: ["sick"], desiredShards: ["sick"] });
    await scene.untilSent("sick");
  });
});

class Scene {
  sick: (response: ServerResponse) => void = (response) => void response.writeHead(204).end();
  readonly #walq: WalqProgram;
  readonly #prometheus: Prometheus;
  readonly #sender: Sender;
  readonly #load = new RequestTemplate(
    Array.from({ length: SERIES }, (_, row) => [["__name__", "load"], ["row", `${row}`]] as const),
  );

  private constructor(walq: WalqProgram, prometheus: Prometheus) {
    this.#walq = walq;
    this.#prometheus = prometheus;
    this.#sender = new Sender(walq.writeUrl);
  }

  static async open(context: TestContext): Promise<Scene> {
    const server = new EndpointServer();
    await server.open();
    context.after(() => server.close());
    const scenes: Scene[] = [];
    const well = server.at("/well", (response) => void response.writeHead(204).end());
    const sick = server.at("/sick", (response) => scenes[0]!.sick(response));
    const directory = scratchDirectory("alerts");
    const address = `127.0.0.1:${await freePort()}`;
    const config = join(directory, "walq.yaml");
    writeFileSync(config, configOf(directory, address, { well, sick }));
    const walq = await WalqProgram.start("node", config);
    context.after(() => walq.program.stop("SIGKILL"));
    const prometheus = await Prometheus.start(`global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs: [{ job_name: walq, static_configs: [{ targets: ["${address}"] }] }]
`);
    context.after(() => prometheus.program.stop("SIGKILL"));
    const scene = new Scene(walq, prometheus);
    scenes.push(scene);
    context.after(() => scene.#sender.close());
    return scene;
  }

  async send(timestampMs: number): Promise<void> {
    const { status, text } = await this.#sender.send(this.#load.fill(timestampMs, (row) => row));
    assert.equal(status, 204, text);
  }

  async untilSent(endpoint: string): Promise<void> {
    await until(`nothing is pending for ${endpoint}`, async () => {
      const page = await (await fetch(`${this.#walq.origin}/metrics`)).text();
      return page.includes(`walq_pending_signals{endpoint="${endpoint}"} 0\n`);
    });
  }

  /** A rate needs a counter that grows between two scrapes. */
  async untilScrapedTwice(): Promise<void> {
    await until("Prometheus has seen both endpoints twice", async () => {
      const seen = await this.#resultOf(
        "count_over_time(prometheus_remote_storage_samples_total[5m])",
      );
      return seen.length === 2 && seen.every(([, count]) => Number(count) >= 2);
    });
  }

  /** Waits until each alert fires for these endpoints, and the others for none. */
  async expect(wanted: Partial<Record<Alert, readonly string[]>>): Promise<void> {
    for (const alert of Object.keys(ALERTS) as Alert[]) {
      const names = (wanted[alert] ?? []).join();
      let got = "";
      await until(`${alert} fires for "${names}"`, async () => {
        const firing = await this.#resultOf(ALERTS[alert]);
        got = firing.map(([name]) => name).sort().join();
        return got === names;
      }).catch((error) => assert.fail(`${error.message}; it fires for "${got}"`));
    }
  }

  async #resultOf(query: string): Promise<(readonly [name: string, value: string])[]> {
    const { result } = await this.#prometheus.api<{
      result: { metric: Record<string, string>; value: [number, string] }[];
    }>("query", { query });
    return result.map(({ metric, value }) => [metric["remote_name"]!, value[1]] as const);
  }
}

function configOf(
  directory: string,
  address: string,
  urls: Readonly<Record<string, string>>,
): string {
  const endpoints = Object.entries(urls).map(([name, url]) =>
    `  - name: ${name}
    url: ${url}
    queue_config:
      min_shards: 1
      max_shards: 2
      max_samples_per_send: 10
      min_backoff: 30ms
      max_backoff: 500ms
      split_on_bad_request: false
      drift_scale_up: 2s
      drift_scale_down: 1s
      desired_check_interval: 500ms
      desired_connections_lookback: 1s
      network_flush_interval: 2s
`
  );
  return `server: { listen: ${address} }
queue: { data_path: ${join(directory, "data")} }
remote_write:
${endpoints.join("")}`;
}
