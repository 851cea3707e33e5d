/**
 * Prometheus 3.16 twice: one takes what clients send to it, the other one what walq, under
 * each runtime, sends of what the same clients send to walq. Both hold the same then.
 */
import assert from "node:assert/strict";
import { Prometheus, type StoredSeries } from "./prometheus.ts";
import { scratchDirectory } from "./scratch.ts";
import { until } from "./until.ts";
import { type Runtime, RUNTIMES, WalqProgram, writeConfig } from "./walq.ts";

/** Whose series they are, in the Prometheus behind walq. */
const VIA = "via";

const V2 = "io.prometheus.write.v2.Request";
const FLAGS = [
  "--web.enable-otlp-receiver",
  "--enable-feature=exemplar-storage,native-histograms",
];

/** What is alike for all of them. */
export interface SideOptions {
  /** The block `otlp` of both, as YAML lines. */
  readonly otlp?: readonly string[];
  /** Lines of walq's `queue_config`. */
  readonly queueConfig?: readonly string[];
}

export class SideBySide {
  readonly direct: Prometheus;
  readonly behind: Prometheus;
  readonly #configs: ReadonlyMap<Runtime, string>;
  readonly #walqs = new Map<Runtime, WalqProgram>();

  private constructor(
    direct: Prometheus,
    behind: Prometheus,
    configs: ReadonlyMap<Runtime, string>,
  ) {
    this.direct = direct;
    this.behind = behind;
    this.#configs = configs;
  }

  /** `program` is Prometheus 3. */
  static async start(program: string, options: SideOptions = {}): Promise<SideBySide> {
    const { otlp = [], queueConfig } = options;
    const setup = { program, flags: FLAGS };
    // Its exemplars are kept for a ring of so many.
    const configuration = ["storage: { exemplars: { max_exemplars: 100000 } }", ...otlp];
    const [direct, behind] = await Promise.all(
      [0, 1].map(() => Prometheus.start(configuration.join("\n") + "\n", setup)),
    ) as [Prometheus, Prometheus];
    const configs = new Map<Runtime, string>();
    for (const runtime of RUNTIMES) {
      const path = await writeConfig({
        directory: scratchDirectory(`side-${runtime}`),
        url: behind.writeUrl,
        endpoint: [
          `protobuf_message: ${V2}`,
          "send_exemplars: true",
          "send_native_histograms: true",
        ],
        ...(queueConfig === undefined ? {} : { queueConfig }),
        blocks: [`global: { external_labels: { ${VIA}: ${runtime} } }`, ...otlp],
      });
      configs.set(runtime, path);
    }
    const sides = new SideBySide(direct, behind, configs);
    await Promise.all(RUNTIMES.map((runtime) => sides.startWalq(runtime)));
    return sides;
  }

  walq(runtime: Runtime): WalqProgram {
    return this.#walqs.get(runtime)!;
  }

  /** With all that it has on disk, at the address that it always has. */
  async startWalq(runtime: Runtime): Promise<void> {
    this.#walqs.set(runtime, await WalqProgram.start(runtime, this.#configs.get(runtime)!));
  }

  /** Waits until walq has sent everything; then all is stored alike. Returns how many series and samples there are. */
  async assertSame(): Promise<{ series: number; samples: number; exemplars: number }> {
    for (const [runtime, walq] of this.#walqs) {
      const isSent = async (): Promise<boolean> => await walq.metric("walq_pending_signals") === 0;
      await until(`walq on ${runtime} has sent everything`, isSent);
    }
    const wanted = await this.direct.content();
    const found = await this.behind.content();
    const exemplars = await this.direct.exemplars();
    const foundExemplars = await this.behind.exemplars();
    for (const runtime of this.#walqs.keys()) {
      const of = seriesOf(found, runtime);
      const names = (all: readonly StoredSeries[]): string[] => all.map(({ labels }) => labels);
      assert.deepEqual(names(of), names(wanted), runtime);
      for (const [index, series] of of.entries()) {
        assert.deepEqual(series, wanted[index], `${runtime}: ${series.labels}`);
      }
      assert.deepEqual(exemplarsOf(foundExemplars, runtime), exemplars, runtime);
    }
    const samples = wanted.reduce(
      (sum, one) => sum + one.samples.length + one.histograms.length,
      0,
    );
    return { series: wanted.length, samples, exemplars: exemplars.length };
  }

  async stop(): Promise<void> {
    const programs = [...this.#walqs.values(), this.direct, this.behind];
    await Promise.all(programs.map(({ program }) => program.stop()));
  }
}

function seriesOf(all: readonly StoredSeries[], runtime: Runtime): StoredSeries[] {
  return all.filter(({ labels }) => labels.includes(viaOf(runtime)))
    .map((series) => ({ ...series, labels: without(series.labels, runtime) }))
    .toSorted((a, b) => a.labels < b.labels ? -1 : 1);
}

function exemplarsOf(all: readonly string[], runtime: Runtime): string[] {
  return all.filter((text) => text.includes(viaOf(runtime)))
    .map((text) => without(text, runtime)).toSorted();
}

function viaOf(runtime: Runtime): string {
  return JSON.stringify([VIA, runtime]);
}

/** Labels are in order, so a comma stands on one side of it at least. */
function without(text: string, runtime: Runtime): string {
  const via = viaOf(runtime);
  return text.includes(`,${via}`) ? text.replace(`,${via}`, "") : text.replace(`${via},`, "");
}
