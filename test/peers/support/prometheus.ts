import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildWhenAsked, type BuiltByGo } from "./built_by_go.ts";
import { Program } from "./program.ts";
import { freePort, scratchDirectory } from "./scratch.ts";

/** A series of a range vector, as the query API gives it. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds, and the value as text. */
  readonly values: readonly (readonly [number, string])[];
  /** The same for native histograms, which such a series has alone. */
  readonly histograms?: readonly (readonly [number, object])[];
}

/** What is started, and how. */
export interface PrometheusSetup {
  /** @default Debian's */
  readonly program?: string;
  /** Beside those that each gets. */
  readonly flags?: readonly string[];
}

/** Builds the whole Prometheus 3.16, but for the discoveries that ask others: its path, or why it is not there. */
export function buildPrometheus3(): BuiltByGo {
  return buildWhenAsked("prometheus3", {
    package: "github.com/prometheus/prometheus/cmd/prometheus",
    tags: "remove_all_sd",
  });
}

/** A series as it is stored. */
export interface StoredSeries {
  /** In order, as JSON. */
  readonly labels: string;
  /** Values and times as the API writes them. */
  readonly samples: readonly string[];
  readonly histograms: readonly string[];
}

/** These take no POST. */
const READ_ONLY: ReadonlySet<string> = new Set(["alerts", "metadata", "rules"]);
const HOUR_MS = 60 * 60_000;

/** A real Prometheus with its remote write receiver on. */
export class Prometheus {
  readonly origin: string;
  readonly #command: readonly string[];
  #program: Program;

  private constructor(command: readonly string[], origin: string) {
    this.origin = origin;
    this.#command = command;
    this.#program = new Program(command);
  }

  /** With native histograms and exemplars, which 2.42 has as experiments. */
  static async start(
    configuration: string = "global: {}\n",
    { program = "prometheus", flags = [] }: PrometheusSetup = {},
  ): Promise<Prometheus> {
    const directory = scratchDirectory("prometheus");
    const config = join(directory, "prometheus.yml");
    writeFileSync(config, configuration);
    const address = `127.0.0.1:${await freePort()}`;
    const prometheus = new Prometheus([
      program,
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, "tsdb")}`,
      "--storage.tsdb.retention.time=1d",
      "--web.enable-remote-write-receiver",
      "--enable-feature=native-histograms,exemplar-storage",
      `--web.listen-address=${address}`,
      "--log.level=warn",
      ...flags,
    ], `http://${address}`);
    await prometheus.#ready();
    return prometheus;
  }

  get program(): Program {
    return this.#program;
  }

  /** After it was stopped: with all that it had, at the same address. */
  async startAgain(): Promise<void> {
    this.#program = new Program(this.#command);
    await this.#ready();
  }

  async #ready(): Promise<void> {
    await this.#program.ready(`${this.origin}/-/ready`);
  }

  get writeUrl(): string {
    return `${this.origin}/api/v1/write`;
  }

  /** Every sample of the series that a matrix selector finds. */
  async query(expression: string, timeMs: number): Promise<QueriedSeries[]> {
    const query = { query: expression, time: String(timeMs / 1000) };
    return (await this.api<{ result: QueriedSeries[] }>("query", query)).result;
  }

  /** All that is stored, in order: of each series the samples, histograms and exemplars. */
  async content(): Promise<StoredSeries[]> {
    const timeMs = Date.now() + HOUR_MS;
    const series = await this.query('{__name__!=""}[1d]', timeMs);
    const stored = series.map(({ metric, values = [], histograms = [] }): StoredSeries => ({
      labels: sortedLabels(metric),
      samples: values.map(([at, value]) => `${value}@${at}`),
      histograms: histograms.map(([at, one]) => `${JSON.stringify(one)}@${at}`),
    }));
    return stored.toSorted((a, b) => a.labels < b.labels ? -1 : 1);
  }

  /** All exemplars, as texts, in order. */
  async exemplars(): Promise<string[]> {
    interface Exemplars {
      readonly seriesLabels: Readonly<Record<string, string>>;
      readonly exemplars: readonly { readonly timestamp: number }[];
    }
    const range = { start: "0", end: String((Date.now() + HOUR_MS) / 1000) };
    const asked = { query: '{__name__!=""}', ...range };
    const found = await this.api<Exemplars[]>("query_exemplars", asked);
    return found.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map((one) => `${sortedLabels(seriesLabels)} ${JSON.stringify(one)}`)
    ).toSorted();
  }

  /** The data that an API call gives. */
  async api<Data>(call: string, query: Record<string, string>): Promise<Data> {
    const body = new URLSearchParams(query);
    const answer = READ_ONLY.has(call)
      ? await fetch(`${this.origin}/api/v1/${call}?${body}`)
      : await fetch(`${this.origin}/api/v1/${call}`, { method: "POST", body });
    const { status, data } = await answer.json() as { status: string; data: Data };
    assert.equal(status, "success");
    return data;
  }
}

function sortedLabels(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** A value as the query API writes it. */
export function parseValue(text: string): number {
  if (text === "+Inf") return Infinity;
  return text === "-Inf" ? -Infinity : Number(text);
}
