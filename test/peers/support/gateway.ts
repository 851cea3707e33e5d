/** Debian's Pushgateway, which a Prometheus scrapes, beside walq, which sends to VictoriaMetrics. */
import assert from "node:assert/strict";
import { Program } from "./program.ts";
import { Prometheus } from "./prometheus.ts";
import { freePort, scratchDirectory } from "./scratch.ts";
import { until } from "./until.ts";
import { type ExportedSeries, VictoriaMetrics } from "./victoria.ts";
import { WalqProgram, writeConfig } from "./walq.ts";

export class GatewayBesideWalq {
  /** Of the Pushgateway. */
  readonly origin: string;
  readonly walq: WalqProgram;
  readonly #match: string;
  readonly #gateway: Program;
  readonly #prometheus: Prometheus;
  readonly #behind: VictoriaMetrics;

  private constructor(match: string, origin: string, parts: {
    gateway: Program;
    prometheus: Prometheus;
    behind: VictoriaMetrics;
    walq: WalqProgram;
  }) {
    this.#match = match;
    this.origin = origin;
    this.walq = parts.walq;
    this.#gateway = parts.gateway;
    this.#prometheus = parts.prometheus;
    this.#behind = parts.behind;
  }

  /** `match` selects the series that are compared. */
  static async start(match: string): Promise<GatewayBesideWalq> {
    const address = `127.0.0.1:${await freePort()}`;
    const origin = `http://${address}`;
    const listen = `--web.listen-address=${address}`;
    // Debian's keeps what was pushed in a file, unless it is told otherwise.
    const own = ["--persistence.file=", "--log.level=error"];
    const gateway = new Program(["prometheus-pushgateway", listen, ...own]);
    await gateway.ready(`${origin}/-/ready`);
    const prometheus = await Prometheus.start(
      "global: { scrape_interval: 200ms, scrape_timeout: 200ms }\nscrape_configs:\n" +
        "  - job_name: gateway\n    honor_labels: true\n    static_configs:\n" +
        `      - targets: ["${address}"]\n`,
    );
    const behind = await VictoriaMetrics.start();
    const directory = scratchDirectory("push-gateway");
    const config = await writeConfig({ directory, url: behind.writeUrl });
    const walq = await WalqProgram.start("node", config);
    return new GatewayBesideWalq(match, origin, { gateway, prometheus, behind, walq });
  }

  /** Where to push to. */
  get origins(): readonly string[] {
    return [this.origin, this.walq.origin];
  }

  /** Waits for so many series; then those of both are the same, with their latest values. */
  async assertSame(count: number): Promise<void> {
    const scraped = async (): Promise<string[]> => await this.#scraped();
    await until("the gateway was scraped", async () => (await scraped()).length >= count);
    await until("walq has sent", async () => (await this.#sent()).length >= count);
    const wanted = await scraped();
    assert.deepEqual(await this.#sent(), wanted);
    assert.equal(wanted.length, count);
  }

  async stop(): Promise<void> {
    const others = [this.#prometheus, this.#behind, this.walq].map(({ program }) => program);
    await Promise.all([this.#gateway, ...others].map((program) => program.stop()));
  }

  async #scraped(): Promise<string[]> {
    const series = await this.#prometheus.query(`${this.#match}[1m]`, Date.now());
    return latest(series.map(({ metric, values }) => {
      return { metric, values: [Number(values.at(-1)![1])], timestamps: [0] };
    }));
  }

  async #sent(): Promise<string[]> {
    return latest(await this.#behind.export(this.#match));
  }
}

/** Without the times of pushes. */
function latest(series: readonly ExportedSeries[]): string[] {
  return series.map(({ metric, values }) => {
    const labels = Object.entries(metric).toSorted(([a], [b]) => a < b ? -1 : 1);
    return `${JSON.stringify(labels)} ${values.at(-1)}`;
  }).filter((text) => !/"push_(?:failure_)?time_seconds"/.test(text)).toSorted();
}
