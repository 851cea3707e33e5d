import { WalqError } from "../../errors.ts";
import { BatchFileReader, isFaultOfFile, type ViewedFile } from "../batch_file.ts";
import { summarise } from "../batch_summary.ts";
import { readHistogram } from "../histogram_message.ts";
import type { ToolPlatform } from "../tool_platform.ts";
import { type SentAs, type SentSeries, sentSeries } from "./sent_series.ts";

/** So many timestamps are held for a window: some hundred MiB. */
const TIMES_MAX = 20_000_000;
const CUSTOM_BUCKETS = -53;

/** A series, and when it has samples: each timestamp once, as a receiver has it. */
export interface ExpectedSeries {
  readonly series: SentSeries;
  readonly times: ReadonlySet<number>;
}

/** The series of one metric, by their keys. */
export type ExpectedMetric = ReadonlyMap<string, ExpectedSeries>;

/** Timestamps behind one, up to another, in milliseconds since the epoch. */
export interface TimeWindow {
  readonly afterMs: number;
  readonly untilMs: number;
}

/** A file, and from when it is. */
interface TimedFile {
  readonly path: string;
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** What a receiver has to have, by the files of what was sent to it. Memory is for one window. */
export class ExpectedSamples {
  readonly #reader: BatchFileReader;
  readonly #sentAs: SentAs;
  readonly #seriesOf: ReturnType<typeof sentSeries>;
  readonly #files: readonly TimedFile[];
  /** Files that could not be read. */
  readonly damaged: readonly string[];

  private constructor(
    reader: BatchFileReader,
    sentAs: SentAs,
    of: { files: readonly TimedFile[]; damaged: readonly string[] },
  ) {
    this.#reader = reader;
    this.#sentAs = sentAs;
    this.#seriesOf = sentSeries(sentAs);
    this.#files = of.files;
    this.damaged = of.damaged;
  }

  /** Looks at all files once: from when each is. `onTime` is told every timestamp. */
  static async open(
    paths: readonly string[],
    sentAs: SentAs,
    { platform, kernel, onProgress }: ToolPlatform,
    onTime: (timestampMs: number) => void,
  ): Promise<ExpectedSamples> {
    const { files, decompressZstd } = platform;
    const reader = new BatchFileReader({ files, kernel, decompressZstd });
    const timed: TimedFile[] = [];
    const damaged: string[] = [];
    for (const path of paths) {
      const file = await viewOf(reader, path, damaged);
      const times = file && summarise(file.view).times;
      if (file !== undefined && times !== undefined) {
        timed.push({ path, ...times });
        for (const { timestampMs } of samplesOf(file, sentAs)) onTime(timestampMs);
      }
      await onProgress?.(1);
    }
    return new ExpectedSamples(reader, sentAs, { files: timed, damaged });
  }

  /** All timestamps lie between these two; undefined where there are none. */
  get span(): { readonly oldestMs: number; readonly newestMs: number } | undefined {
    if (this.#files.length === 0) return undefined;
    return {
      oldestMs: this.#files.reduce((oldest, file) => Math.min(oldest, file.oldestMs), Infinity),
      newestMs: this.#files.reduce((newest, file) => Math.max(newest, file.newestMs), -Infinity),
    };
  }

  /**
   * What is to be there of a window, by the names of metrics.
   *
   * @throws {WalqError} `TOO_LARGE` when it is too much for the memory of one.
   */
  async in({ afterMs, untilMs }: TimeWindow): Promise<ReadonlyMap<string, ExpectedMetric>> {
    const metrics = new Map<string, Map<string, { series: SentSeries; times: Set<number> }>>();
    let count = 0;
    for (const { path, oldestMs, newestMs } of this.#files) {
      if (oldestMs > untilMs || newestMs <= afterMs) continue;
      const file = await viewOf(this.#reader, path, []);
      if (file === undefined) continue;
      const known = new Map<number, Set<number> | undefined>();
      for (const { row, timestampMs } of samplesOf(file, this.#sentAs)) {
        if (timestampMs <= afterMs || timestampMs > untilMs) continue;
        const set = file.view.setOf(row);
        if (!known.has(set)) known.set(set, this.#timesOf(metrics, file, row));
        const times = known.get(set);
        if (times === undefined || times.has(timestampMs)) continue;
        times.add(timestampMs);
        if (++count > TIMES_MAX) throw tooMany();
      }
    }
    return metrics;
  }

  /** Where the timestamps of a row's series are kept; undefined where it is not sent. */
  #timesOf(
    metrics: Map<string, Map<string, { series: SentSeries; times: Set<number> }>>,
    { view }: ViewedFile,
    row: number,
  ): Set<number> | undefined {
    const series = this.#seriesOf(view.labelsOf(row));
    if (series === undefined) return undefined;
    const metric = metrics.get(series.metric) ?? new Map();
    metrics.set(series.metric, metric);
    const entry = metric.get(series.key) ?? { series, times: new Set<number>() };
    metric.set(series.key, entry);
    return entry.times;
  }
}

/** Undefined of one that cannot be read, which is noted, or is gone. */
async function viewOf(
  reader: BatchFileReader,
  path: string,
  damaged: string[],
): Promise<ViewedFile | undefined> {
  try {
    return await reader.view(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === "not_found") return undefined;
    if (!isFaultOfFile(error)) throw error;
    damaged.push(path);
    return undefined;
  }
}

/** What `count_over_time` counts: samples but for stale markers, and histograms that are sent. */
function* samplesOf(
  { view }: ViewedFile,
  { histograms, customBuckets }: SentAs,
): Generator<{ readonly row: number; readonly timestampMs: number }> {
  for (let row = 0; row < view.rows; row++) {
    const kind = view.kindOf(row);
    const counts = kind === "sample"
      ? !view.isStale(row)
      : kind === "histogram" && histograms && (customBuckets || !hasCustomBuckets(view, row));
    if (counts) yield { row, timestampMs: view.timestampMsOf(row) };
  }
}

function hasCustomBuckets(view: ViewedFile["view"], row: number): boolean {
  return readHistogram(view.histogramOf(row)).schema === CUSTOM_BUCKETS;
}

function tooMany(): WalqError {
  const message =
    `Cannot compare: more than ${TIMES_MAX} samples in one window; give a shorter one`;
  return new WalqError("TOO_LARGE", message);
}
