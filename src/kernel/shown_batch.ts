import type { BatchView, LabelPair, RowKind, ShownMetadata } from "../contracts.ts";
import { BatchStrings } from "./batch_strings.ts";
import type { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";

// A row, in words of four bytes (asm/batch/rows.ts, Row).
const ROW_WORDS = 12;
const TIMESTAMP = 2;
const VALUE = 4;
const LABELS = 6;
const LABEL_COUNT = 7;
const KIND = 8;
const EXTRA = 9;
const START = 10;
/** By their numbers; histograms with custom buckets are histograms. */
const KINDS: readonly RowKind[] = ["sample", "histogram", "histogram", "exemplar", "unsupported"];

/** A metadata entry, in words: family, type, help, unit, and one of no meaning here. */
const ENTRY_WORDS = 5;
const NO_STRING = 0xffff_ffff;
const SWITCH_WORDS = 2;

// The bits of a stale marker (Prometheus, model/value).
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff0_0000;

/** The signals of the batch that a reader has loaded, straight from the kernel's memory. */
export class ShownBatch implements BatchView {
  readonly rows: number;
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #strings: BatchStrings;
  /** Where the rows begin, in words. */
  readonly #rowsAt: number;
  readonly #idsAt: number;
  readonly #blobsAt: number;
  readonly #entriesAt: number;
  readonly #entryCount: number;
  readonly #switchesAt: number;
  readonly #switchCount: number;
  /** Label sets, by where they begin. */
  readonly #sets = new Map<number, readonly LabelPair[]>();
  #metadata: readonly ShownMetadata[] | undefined;

  constructor(instance: KernelInstance) {
    this.#words = instance.words();
    this.#bytes = instance.bytes();
    this.#doubles = new Float64Array(this.#words.buffer);
    this.#strings = new BatchStrings(instance);
    this.rows = instance.slot(layout.SLOT_ROW_COUNT);
    this.#rowsAt = instance.slot(layout.SLOT_ROWS_AT) >> 2;
    this.#idsAt = instance.slot(layout.SLOT_LABEL_IDS_AT) >> 2;
    this.#blobsAt = instance.slot(layout.SLOT_BLOBS_AT);
    this.#entriesAt = instance.slot(layout.SLOT_ENTRIES_AT) >> 2;
    this.#entryCount = instance.slot(layout.SLOT_ENTRY_COUNT);
    this.#switchesAt = instance.slot(layout.SLOT_SWITCHES_AT) >> 2;
    this.#switchCount = instance.slot(layout.SLOT_SWITCH_COUNT);
  }

  kindOf(row: number): RowKind {
    return KINDS[this.#words[this.#at(row) + KIND]!]!;
  }

  timestampMsOf(row: number): number {
    return this.#int64(this.#at(row) + TIMESTAMP);
  }

  startMsOf(row: number): number {
    return this.#int64(this.#at(row) + START);
  }

  valueOf(row: number): number {
    return this.#doubles[(this.#at(row) + VALUE) >> 1]!;
  }

  valueBytesOf(row: number): Uint8Array {
    const at = (this.#at(row) + VALUE) << 2;
    return this.#bytes.subarray(at, at + 8);
  }

  isStale(row: number): boolean {
    const at = this.#at(row) + VALUE;
    return this.#words[at] === STALE_LOW && this.#words[at + 1] === STALE_HIGH;
  }

  setOf(row: number): number {
    return this.#words[this.#at(row) + LABELS]!;
  }

  labelsOf(row: number): readonly LabelPair[] {
    const set = this.setOf(row);
    let labels = this.#sets.get(set);
    if (labels === undefined) {
      labels = this.#strings.labelsAt(set, this.#words[this.#at(row) + LABEL_COUNT]!);
      this.#sets.set(set, labels);
    }
    return labels;
  }

  histogramOf(row: number): Uint8Array {
    const at = this.#at(row) + VALUE;
    const start = this.#blobsAt + this.#words[at]!;
    return this.#bytes.subarray(start, start + this.#words[at + 1]!);
  }

  exemplarLabelsOf(row: number): readonly LabelPair[] {
    const labels = this.#words[this.#at(row) + EXTRA]!;
    // Their number stands before the ids; an exemplar without labels may point nowhere.
    if (labels === 0) return [];
    return this.#strings.labelsAt(labels + 1, this.#words[this.#idsAt + labels]!);
  }

  get metadata(): readonly ShownMetadata[] {
    return this.#metadata ??= Array.from({ length: this.#entryCount }, (_, number) => {
      const at = this.#entriesAt + number * ENTRY_WORDS;
      const [family, type, help, unit] = this.#words.subarray(at, at + ENTRY_WORDS);
      const text = (id: number): string | undefined =>
        id === NO_STRING ? undefined : this.#strings.textOf(id);
      return {
        family: this.#strings.textOf(family!),
        type: type!,
        help: text(help!),
        unit: text(unit!),
      };
    });
  }

  get switches(): readonly { readonly row: number; readonly entry: number }[] {
    return Array.from({ length: this.#switchCount }, (_, number) => {
      const at = this.#switchesAt + number * SWITCH_WORDS;
      return { row: this.#words[at]!, entry: this.#words[at + 1]! };
    });
  }

  #at(row: number): number {
    return this.#rowsAt + row * ROW_WORDS;
  }

  /** Exact up to 2^53, which no timestamp in milliseconds that means one comes near. */
  #int64(at: number): number {
    return (this.#words[at + 1]! | 0) * 2 ** 32 + this.#words[at]!;
  }
}
