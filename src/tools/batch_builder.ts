import { encodeLabels } from "../appender/wire.ts";
import type { BatchFormat, BatchView, BatchWriter, Kernel } from "../contracts.ts";
import { encodeRecord } from "../store/record.ts";
import { metaOf } from "../formats/meta.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import type { SignalCounts } from "../types.ts";
import { EncodedSets, RequestBuilder } from "./request_builder.ts";

/** A request has about as many bytes, so that little memory is held for it. */
const REQUEST_BYTES = 4 * 1024 * 1024;
/** Later ones are no milliseconds. */
const LATEST_MS = 99_999_999_999_999;

/** A batch as the parts of a file, and what is in it. */
export interface BuiltBatch {
  readonly format: BatchFormat;
  readonly parts: readonly Uint8Array[];
  readonly kinds: SignalCounts;
  readonly bytes: number;
}

/** Makes batches of what is no batch, or one of another format. */
export class BatchBuilder {
  readonly #writer: BatchWriter;
  readonly #requests = new RequestBuilder();
  /** Signals that the format cannot carry, and those that break a rule, since the last batch. */
  unsupported = 0;
  invalid = 0;
  /** The first that broke a rule. */
  firstInvalid: string | undefined;

  constructor(kernel: Kernel, format: BatchFormat) {
    this.#writer = kernel.createWriter({
      rules: {
        format,
        names: "utf8",
        labelLimit: 0,
        labelNameLengthLimit: 0,
        labelValueLengthLimit: 0,
      },
    });
  }

  /** Adds a request of the kind "appended". @throws {WalqError} `INVALID_REQUEST`, `TOO_LARGE` */
  addRequest(request: Uint8Array): void {
    const added = this.#writer.addRequest(request, {
      message: "appended",
      compression: "none",
      uncompressedBytesMax: BATCH_BYTES_MAX,
      cutoffMs: -Infinity,
      latestMs: LATEST_MS,
    });
    this.unsupported += added.unsupported;
    this.invalid += added.invalid;
    this.firstInvalid ??= added.firstInvalid;
  }

  /** Adds all of a batch. */
  addView(view: BatchView): void {
    const sets = new EncodedSets();
    const { metadata, switches } = view;
    const isSwitchedTo = new Set(switches.map(({ entry }) => entry));
    metadata.forEach((entry, number) => {
      // The first of a family counts from the start, whatever it is switched to later.
      const isFirst = metadata.findIndex(({ family }) => family === entry.family) === number;
      if (isFirst || !isSwitchedTo.has(number)) this.#requests.metadata(entry);
    });
    let nextSwitch = 0;
    for (let row = 0; row < view.rows; row++) {
      for (; switches[nextSwitch]?.row === row; nextSwitch++) {
        this.#flush();
        this.#requests.metadata(metadata[switches[nextSwitch]!.entry]!);
      }
      this.#addRow(view, row, sets);
      if (this.#requests.bytes > REQUEST_BYTES) this.#flush();
    }
    for (; nextSwitch < switches.length; nextSwitch++) {
      this.#requests.metadata(metadata[switches[nextSwitch]!.entry]!);
    }
    this.#flush();
  }

  /** The batch of what was added; undefined when that was nothing that could be. */
  build(): BuiltBatch | undefined {
    if (this.#writer.signals === 0) return undefined;
    const batch = this.#writer.encode();
    const parts = encodeRecord({ meta: metaOf(batch), data: batch.data });
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    return { format: batch.format, parts, kinds: batch.kinds, bytes };
  }

  #addRow(view: BatchView, row: number, sets: EncodedSets): void {
    const kind = view.kindOf(row);
    if (kind === "unsupported") {
      this.unsupported++;
      return;
    }
    const labels = sets.of(view.setOf(row), () => view.labelsOf(row));
    const timestampMs = view.timestampMsOf(row);
    if (kind === "sample") {
      this.#requests.sample(labels, view.valueBytesOf(row), timestampMs, view.startMsOf(row));
    } else if (kind === "histogram") {
      this.#requests.histogram(labels, view.histogramOf(row), timestampMs, view.startMsOf(row));
    } else {
      const own = encodeLabels(view.exemplarLabelsOf(row));
      this.#requests.exemplar(labels, own, view.valueBytesOf(row), timestampMs);
    }
  }

  #flush(): void {
    if (this.#requests.signals > 0) this.addRequest(this.#requests.take());
  }
}
