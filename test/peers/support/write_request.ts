/**
 * Remote write requests, by an encoder of its own: it shares nothing with
 * the kernel or the appender, and is fast enough to be the load of a benchmark.
 *
 *     1.0  WriteRequest { timeseries = 1 }         TimeSeries { labels = 1, samples = 2 }
 *          Label { name = 1, value = 2 }           Sample { value = 1 double, timestamp = 2 int64 }
 *     2.0  Request { symbols = 4, timeseries = 5 } TimeSeries { labels_refs = 1, samples = 2 }
 */
import { snappyCompressor } from "hysnappy";
import { concat } from "../../kernel/twin/model.ts";
import { field, varint } from "./protobuf.ts";
import { SymbolTable } from "./symbol_table.ts";
import type { Wire } from "./wire.ts";

/** Labels in the order in which they are written: sorted by name. */
export type LabelPairs = readonly (readonly [string, string])[];

/** Value of the sample of a row. */
export type ValueOf = (row: number) => number;

/** A timestamp takes 6 bytes from November 2004 (2^40 ms) on and before 2109 (2^42 ms). */
const TIMESTAMP_BYTES = 6;
const TIMESTAMP_MS_MIN = 2 ** 40;
const TIMESTAMP_MS_MAX = 2 ** 42 - 1;
/** Two tags, the double, the timestamp. */
const SAMPLE_BYTES = 1 + 8 + 1 + TIMESTAMP_BYTES;

const compress = snappyCompressor();
const encoder = new TextEncoder();

/** A request of one sample a series: encoded once, and patched for each new timestamp. */
export class RequestTemplate {
  readonly rows: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #valueAt: Uint32Array;

  constructor(labelSets: readonly LabelPairs[], wire: Wire = "1.0") {
    this.rows = labelSets.length;
    this.#valueAt = new Uint32Array(labelSets.length);
    const symbols = new SymbolTable();
    const encoded = labelSets.map((labels) =>
      wire === "1.0"
        ? encodeSeries(0x0a, encodeLabels(labels))
        : encodeSeries(0x2a, symbols.refsOf(labels))
    );
    const head = wire === "1.0" ? new Uint8Array() : symbols.encode();
    const parts = [head];
    let { length } = head;
    for (const [row, series] of encoded.entries()) {
      parts.push(series);
      length += series.length;
      this.#valueAt[row] = length - TIMESTAMP_BYTES - 1 - 8;
    }
    this.#bytes = concat(parts);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The request's bytes before compression. */
  get plainBytes(): number {
    return this.#bytes.length;
  }

  /** The request under snappy, as it travels. */
  fill(timestampMs: number, valueOf: ValueOf): Uint8Array {
    if (timestampMs < TIMESTAMP_MS_MIN || timestampMs > TIMESTAMP_MS_MAX) {
      throw new RangeError(
        `Cannot encode: got timestamp ${timestampMs}, expected one of this century`,
      );
    }
    const timestamp = varint(timestampMs);
    for (let row = 0; row < this.rows; row++) {
      const at = this.#valueAt[row]!;
      this.#view.setFloat64(at, valueOf(row), true);
      this.#bytes.set(timestamp, at + 8 + 1);
    }
    return compress(this.#bytes);
  }
}

/** The `labels` fields of a TimeSeries. */
export function encodeLabels(labels: LabelPairs): Uint8Array {
  return concat(labels.map(([name, value]) =>
    field(
      0x0a,
      concat([
        field(0x0a, encoder.encode(name)),
        field(0x12, encoder.encode(value)),
      ]),
    )
  ));
}

/** Its sample is the last of it. */
function encodeSeries(tag: number, labels: Uint8Array): Uint8Array {
  const sample = new Uint8Array(SAMPLE_BYTES);
  sample[0] = 0x09;
  sample[9] = 0x10;
  return field(tag, concat([labels, field(0x12, sample)]));
}
