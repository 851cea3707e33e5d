import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Program } from "./program.ts";
import { freePort, scratchDirectory } from "./scratch.ts";

/** A series of a range vector, as the query API gives it. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds, and the value as text. */
  readonly values: readonly (readonly [number, string])[];
}

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
  static async start(configuration: string = "global: {}\n"): Promise<Prometheus> {
    const directory = scratchDirectory("prometheus");
    const config = join(directory, "prometheus.yml");
    writeFileSync(config, configuration);
    const address = `127.0.0.1:${await freePort()}`;
    const prometheus = new Prometheus([
      "prometheus",
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, "tsdb")}`,
      "--storage.tsdb.retention.time=1d",
      "--web.enable-remote-write-receiver",
      "--enable-feature=native-histograms,exemplar-storage",
      `--web.listen-address=${address}`,
      "--log.level=warn",
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

  /** The data that an API call gives. */
  async api<Data>(call: string, query: Record<string, string>): Promise<Data> {
    const body = new URLSearchParams(query);
    const answer = call === "metadata"
      ? await fetch(`${this.origin}/api/v1/${call}?${body}`)
      : await fetch(`${this.origin}/api/v1/${call}`, { method: "POST", body });
    const { status, data } = await answer.json() as { status: string; data: Data };
    assert.equal(status, "success");
    return data;
  }
}

/** A value as the query API writes it. */
export function parseValue(text: string): number {
  if (text === "+Inf") return Infinity;
  return text === "-Inf" ? -Infinity : Number(text);
}
