import type { Labels, SeriesRef, WriteResult } from "../types.ts";
import { WalqError } from "../errors.ts";
import type { Series, SeriesCache } from "./series.ts";
import { putRow, ROW_OVERHEAD_BYTES_MAX } from "./wire.ts";

const FIRST_ROWS = 256;

/** Takes a remote write 1.0 request, not compressed. */
export type CommitRequest = (body: Uint8Array, durable: boolean) => Promise<WriteResult>;

/**
 * Gathers samples and commits them together: nothing of them is visible before
 * `commit`, and after a crash all of a durable commit is there. One appender is
 * one transaction at a time; make as many as are needed.
 *
 * @example
 * ```ts
 * const appender = queue.appender();
 * const ref = appender.append({ __name__: "temperature_celsius", room: "attic" }, Date.now(), 21.5);
 * appender.append(ref, Date.now() + 1000, 21.6);
 * await appender.commit({ durable: true });
 * ```
 */
export class Appender {
  readonly #cache: SeriesCache;
  readonly #commit: CommitRequest;
  #series: Series[] = [];
  #timestampsMs: Float64Array = new Float64Array(FIRST_ROWS);
  #values: Float64Array = new Float64Array(FIRST_ROWS);
  #labelBytes = 0;

  constructor(cache: SeriesCache, commit: CommitRequest) {
    this.#cache = cache;
    this.#commit = commit;
  }

  /** Samples that wait for `commit` or `rollback`. */
  get size(): number {
    return this.#series.length;
  }

  /**
   * Adds a sample.
   *
   * @param labelsOrRef Labels, or what an append before returned, which is cheaper.
   * @param timestampMs Milliseconds since the epoch, a whole number.
   * @param value Any number; `NaN` and the infinities are values too.
   * @returns The reference for further appends of the same series.
   * @throws {WalqError} `UNKNOWN_SERIES_REF` when the reference was evicted: append
   * with the labels again. `INVALID_LABELS` for labels that break a rule.
   * @throws {RangeError} for a timestamp that is not a whole number.
   * @throws {TypeError} for a value that is not a number.
   */
  append(labelsOrRef: Labels | SeriesRef, timestampMs: number, value: number): SeriesRef {
    if (!Number.isSafeInteger(timestampMs)) {
      throw new RangeError(
        `Cannot append: got timestamp ${timestampMs}, expected whole milliseconds`,
      );
    }
    if (typeof value !== "number") {
      throw new TypeError(`Cannot append: got a ${typeof value} as value, expected a number`);
    }
    const series = typeof labelsOrRef === "number"
      ? this.#known(labelsOrRef)
      : this.#cache.byLabels(labelsOrRef);
    const row = this.#series.length;
    if (row === this.#values.length) this.#grow();
    this.#series.push(series);
    this.#timestampsMs[row] = timestampMs;
    this.#values[row] = value;
    this.#labelBytes += series.labels.length;
    return series.ref;
  }

  /**
   * Hands all samples over, in the order they were appended, and starts an empty
   * transaction, also when this rejects.
   *
   * @param options.durable Resolve only when every endpoint's copy is fsynced; a
   * commit that is not durable is on disk within `batchInterval`. Default false.
   * @throws {WalqError} `STORAGE` or `OVERLOADED`: retry later with the same
   * samples; `TOO_LARGE`: commit in smaller steps; `CLOSED`.
   */
  commit(options: { readonly durable?: boolean } = {}): Promise<WriteResult> {
    const body = this.#encode();
    this.rollback();
    return this.#commit(body, options.durable ?? false);
  }

  /** Forgets all samples since the last commit. */
  rollback(): void {
    this.#series = [];
    this.#labelBytes = 0;
    // A large transaction does not keep its memory.
    if (this.#values.length > FIRST_ROWS * 64) {
      this.#timestampsMs = new Float64Array(FIRST_ROWS);
      this.#values = new Float64Array(FIRST_ROWS);
    }
  }

  #known(ref: SeriesRef): Series {
    const series = this.#cache.byRef(ref);
    if (series) return series;
    throw new WalqError(
      "UNKNOWN_SERIES_REF",
      `Cannot append: reference ${ref} is not known; append with the labels again`,
    );
  }

  #grow(): void {
    const timestampsMs = new Float64Array(this.#timestampsMs.length * 2);
    timestampsMs.set(this.#timestampsMs);
    this.#timestampsMs = timestampsMs;
    const values = new Float64Array(this.#values.length * 2);
    values.set(this.#values);
    this.#values = values;
  }

  #encode(): Uint8Array {
    const out = new Uint8Array(this.#labelBytes + this.#series.length * ROW_OVERHEAD_BYTES_MAX);
    const view = new DataView(out.buffer);
    let at = 0;
    for (let row = 0; row < this.#series.length; row++) {
      at = putRow(out, view, at, {
        labels: this.#series[row]!.labels,
        timestampMs: this.#timestampsMs[row]!,
        value: this.#values[row]!,
      });
    }
    return out.subarray(0, at);
  }
}
