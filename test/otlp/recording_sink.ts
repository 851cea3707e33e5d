/** A transaction that keeps what is appended, as rows that can be compared. */
import { checkHistogram } from "../../src/appender/check_histogram.ts";
import { checkLabels } from "../../src/appender/labels.ts";
import { WalqError } from "../../src/errors.ts";
import type { OtlpSink } from "../../src/otlp/sink.ts";
import type {
  AppendOptions,
  Exemplar,
  Histogram,
  Labels,
  Metadata,
  SeriesRef,
} from "../../src/types.ts";

/** One signal with its exemplars. */
export interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly startMs: number;
  readonly timeMs: number;
  /** A value, `"stale"` or a histogram. */
  readonly value: number | "stale" | Histogram;
  readonly exemplars: Exemplar[];
}

/** The series that a queue knows by reference, for as long as it does. */
export class SeriesTable {
  readonly #byRef = new Map<SeriesRef, Row["labels"]>();
  readonly #byKey = new Map<string, SeriesRef>();
  #next = 1;
  /** How often a series was asked for by reference. */
  byRefCount = 0;

  refOf(labelsOrRef: Labels | SeriesRef): SeriesRef {
    if (typeof labelsOrRef === "number") {
      if (!this.#byRef.has(labelsOrRef)) throw new WalqError("UNKNOWN_SERIES_REF", "it is gone");
      this.byRefCount++;
      return labelsOrRef;
    }
    const pairs = checkLabels(labelsOrRef);
    const key = JSON.stringify(pairs);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const ref = this.#next++;
    this.#byKey.set(key, ref);
    this.#byRef.set(ref, Object.fromEntries(pairs));
    return ref;
  }

  labelsOf(ref: SeriesRef): Row["labels"] {
    return this.#byRef.get(ref)!;
  }

  forget(isForgotten: (ref: SeriesRef) => boolean): void {
    for (const [key, ref] of this.#byKey) {
      if (!isForgotten(ref)) continue;
      this.#byKey.delete(key);
      this.#byRef.delete(ref);
    }
  }
}

export class RecordingSink implements OtlpSink {
  readonly rows: Row[] = [];
  readonly metadata: Map<string, Metadata> = new Map();
  readonly #table: SeriesTable;
  readonly #last = new Map<SeriesRef, Row>();

  constructor(table: SeriesTable = new SeriesTable()) {
    this.#table = table;
  }

  append(
    labelsOrRef: Labels | SeriesRef,
    timeMs: number,
    value: number,
    options: AppendOptions = {},
  ): SeriesRef {
    return this.#put(labelsOrRef, timeMs, value, options);
  }

  appendStale(labelsOrRef: Labels | SeriesRef, timeMs: number): SeriesRef {
    return this.#put(labelsOrRef, timeMs, "stale", {});
  }

  appendHistogram(
    labelsOrRef: Labels | SeriesRef,
    timeMs: number,
    histogram: Histogram,
    options: AppendOptions = {},
  ): SeriesRef {
    checkHistogram(histogram);
    return this.#put(labelsOrRef, timeMs, histogram, options);
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): SeriesRef {
    this.#last.get(ref)!.exemplars.push({ ...exemplar, labels: { ...exemplar.labels } });
    return ref;
  }

  updateMetadata(family: string, metadata: Metadata): void {
    this.metadata.set(family, metadata);
  }

  commit(): Promise<never> {
    throw new Error("nothing is committed here");
  }

  #put(
    labelsOrRef: Labels | SeriesRef,
    timeMs: number,
    value: Row["value"],
    { startTimestampMs: startMs = 0 }: AppendOptions,
  ): SeriesRef {
    const ref = this.#table.refOf(labelsOrRef);
    const row = { labels: this.#table.labelsOf(ref), startMs, timeMs, value, exemplars: [] };
    this.rows.push(row);
    this.#last.set(ref, row);
    return ref;
  }
}
