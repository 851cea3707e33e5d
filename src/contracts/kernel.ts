import type { DecompressZstd } from "./platform.ts";
import type { LabelPair } from "./labels.ts";
import type { PageParser } from "./scrape.ts";
import type { DropReason, Labels, ProtobufMessage, SignalCounts, WriteResult } from "../types.ts";

/** How bytes are compressed: `snappy` is the block format of remote write. */
export type Compression = "snappy" | "none";

/**
 * What a request is: `appended` is what the appender writes, 1.0 with start timestamps, and
 * `scraped` is that with handles of label sets, which nobody else may name.
 */
export type RequestMessage = ProtobufMessage | "appended" | "scraped";

/** How {@link BatchWriter.addRequest} reads a request. */
export interface AddOptions {
  readonly message: RequestMessage;
  readonly compression: Compression;
  /** A request that claims or has more is refused before anything is allocated. */
  readonly uncompressedBytesMax: number;
  /** Signals with an older timestamp are counted as expired and not kept. */
  readonly cutoffMs: number;
  /** Signals with a later timestamp are invalid: its unit is not milliseconds. */
  readonly latestMs: number;
}

/** What came of one request. */
export interface AddResult extends WriteResult {
  /** The newest timestamp in it up to `latestMs`, kept or not; far below 0 when there is none. */
  readonly newestMs: number;
  /**
   * Handles of label sets, as the request asked for them: words of four bytes in its order, 0
   * where there is none. They count while {@link BatchWriter.handlesOf} stays as it is.
   */
  readonly handles?: Uint8Array;
}

/** The formats that batches are written in. */
export type BatchFormat = "walq.metrics.v1" | "alloy.metrics.queue.v1";

/**
 * A batch in short form, for readers in the same process: where they know its label sets,
 * they need not read its data. It is in memory alone, and gone with that.
 */
export interface HandedBatch {
  /** Whose handles name its label sets: see {@link BatchWriter.handlesOf}. */
  readonly handlesOf: number;
  /** Its signals, all of them samples. */
  readonly rows: number;
  /** Handles, timestamps and values: asm/intake/handover.ts. */
  readonly bytes: Uint8Array;
  /** Of the batch's data. */
  readonly uncompressedBytes: number;
}

/** A batch as bytes. */
export interface EncodedBatch {
  readonly format: BatchFormat;
  readonly compression: Compression;
  /** Compressed; the caller's own copy. */
  readonly data: Uint8Array;
  readonly uncompressedBytes: number;
  /** Samples, histograms and exemplars. */
  readonly series: number;
  readonly metadata: number;
  /** All of them, by kind. */
  readonly kinds: SignalCounts;
  /** Entries of the string table. */
  readonly strings: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** `xxh64:` and 16 hexadecimal digits, over `data`. */
  readonly checksum: string;
  /** The same in short form, where it is of samples whose label sets the writer keeps. */
  readonly handed?: HandedBatch | undefined;
}

/** The signals of a batch that belong to one partition of a store, as a batch of their own. */
export interface BatchPart {
  /** From 0. */
  readonly partition: number;
  readonly batch: EncodedBatch;
}

/** Makes batches. One batch is open at a time. */
export interface BatchWriter {
  /**
   * Adds a remote write request to the open batch. Malformed bytes throw
   * `INVALID_REQUEST` and a request over the limit `TOO_LARGE`; the batch is
   * then as it was.
   */
  addRequest(body: Uint8Array, options: AddOptions): AddResult;
  /** Signals in the open batch. */
  readonly signals: number;
  /** Bytes of memory that the open batch takes. */
  readonly heldBytes: number;
  /** Whose handles of label sets count, and since when: another number each time that they lose their meaning. */
  readonly handlesOf: number;
  /** From the next empty batch on. */
  configure(rules: WriterRules): void;
  /** Encodes the open batch, which must not be empty, and opens an empty one. */
  encode(): EncodedBatch;
  /**
   * Does the same in parts for so many partitions, 1 to 256; of those that have something,
   * ascending. A series is in one partition always (docs/format.md), and metadata in those that
   * have a series of its family. With more than one they are in walq's own format, whatever the
   * rules say, and have no short form.
   */
  encodeParts(partitions: number): readonly BatchPart[];
}

/**
 * What somebody has sent again on purpose, so that it is not too old for any ttl: a
 * `request` that was refused, whose labels are as they are to be sent, or a `batch` that
 * was delivered, as it came in.
 */
export type SentAgain = "request" | "batch";

/** A batch as a store gave it back. */
export interface LoadableBatch {
  readonly format: string;
  readonly compression: string;
  readonly data: Uint8Array;
  /** Checked over `data` where the writer left one; Alloy does not. */
  readonly checksum: string | undefined;
  /** The same in short form, of a batch that was never away; see {@link HandedBatch}. */
  readonly handed?: HandedBatch | undefined;
  /** Undefined for what was never sent before. */
  readonly again?: SentAgain | undefined;
}

/**
 * What rules make of a label set: its labels, by name in the order of their bytes, or
 * why it is not sent: the rules drop it, or make it too large, or it is none.
 */
export type Relabeled = readonly LabelPair[] | "dropped" | "too_large" | "unsupported";

/** Asks the rules about a label set: as it came, in any order, perhaps with a name twice. Answers the same each time. */
export type Relabel = (labels: readonly LabelPair[]) => Relabeled;

/** Label sets that rules made the same as another one. */
export interface MergedSets {
  readonly sets: number;
  /** What the first of them became. */
  readonly first: readonly LabelPair[];
}

/** How a {@link BatchReader} writes requests. */
export interface ReaderOptions {
  /** A series belongs to the shard `hash % shards`, until {@link BatchReader.reshard}. */
  readonly shards: number;
  /** A shard's request is full at this many signals. */
  readonly requestSignalsMax: number;
  /** Added where a series has no such label; inserted in order. Not where `relabel` is, which adds them itself. */
  readonly externalLabels: Labels;
  /** Changes the labels of each series before all else; none without rules. */
  readonly relabel?: Relabel | undefined;
  /** Memory for what it made of label sets, from batch to batch, so that it is asked about each once. */
  readonly relabeledBytesMax?: number;
  /** Memory for label sets of batches in short form; 0 reads the data of each. */
  readonly handedBytesMax?: number;
  /** A batch that claims or has more uncompressed bytes is corrupt. */
  readonly uncompressedBytesMax: number;
  /** What requests are written as. */
  readonly message: ProtobufMessage;
  /** The kinds of signals that are sent; what is not counts as filtered. Samples always are. */
  readonly sends: {
    readonly histograms: boolean;
    readonly exemplars: boolean;
    readonly metadata: boolean;
  };
  /** How many metadata entries are remembered as answered for and not sent again; 0 sends all of them. */
  readonly metadataCacheSize: number;
  /** An instance whose memory is larger is replaced between batches. */
  readonly memoryBytesMax?: number;
  /** Without it no batch may come that is compressed so. */
  readonly decompressZstd?: DecompressZstd | undefined;
}

/** A remote write request, sealed. */
export interface RequestBody {
  /** For {@link BatchReader.settled}. */
  readonly number: number;
  /** What is in it, by kind; together `signals`. */
  readonly kinds: SignalCounts;
  /** Under snappy; the caller's own copy, until {@link BatchReader.recycle}. */
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
  readonly signals: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

/**
 * Which signals of a sealed request are meant: those that are not older than a
 * cutoff, or the first half of all of them, or the second. What has no halves is one
 * signal, or a series of 2.0 with its exemplars.
 */
export type Selection =
  | { readonly cutoffMs: number }
  | { readonly half: "first" | "second" };

/** A batch that a {@link BatchReader} has taken in. */
export interface Loaded {
  readonly signals: number;
  /** What the head of a batch counts: its signals, or, in Alloy's second format, records, which have one or more. */
  readonly counted: number;
  readonly uncompressedBytes: number;
  /** What rules made one, if they did; of sets that the reader has not forgotten. */
  readonly merged?: MergedSets | undefined;
}

/** What {@link BatchReader.route} stopped at. */
export interface Routed {
  /** The shard whose request is full and must be taken before routing goes on; -1 when the batch is through. */
  readonly fullShard: number;
  /** Signals older than the cutoff that this call passed over. */
  readonly expired: number;
  /** What this call dropped for other reasons than its age. */
  readonly dropped: Readonly<RoutedDrops>;
  /** Metadata entries that this call passed over because the endpoint has answered for the same before. */
  readonly known: number;
  /** Start timestamps that the protocol cannot carry: their samples are sent without. */
  readonly startsOmitted: number;
}

/** Signals that {@link BatchReader.route} drops, by reason. */
export type RoutedDrops = Record<
  Extract<
    DropReason,
    | "filtered"
    | "nhcb_in_rw1_not_supported"
    | "exemplar_without_sample"
    | "metadata_without_series"
    | "unsupported"
    | "dropped_series"
    | "relabeled_too_large"
  >,
  number
>;

/**
 * Reads batches and deals their signals to the open requests of the shards. The
 * open requests outlive the batch they came from, so that small batches fill
 * large requests.
 */
export interface BatchReader {
  /**
   * Takes in a whole batch and checks all of it. The batch before must be
   * through. Throws `CORRUPT` or `UNSUPPORTED_FORMAT`; nothing is routed then.
   */
  load(batch: LoadableBatch): Loaded;
  /** Forgets the batch that was loaded and of which nothing was routed yet. */
  discard(): void;
  /** Moves signals, in order, to the shards' open requests. */
  route(cutoffMs: number): Routed;
  /**
   * From now on there are so many shards, also for what is left of the batch at hand. All
   * open requests must be empty, and what was taken of a series must have its outcome
   * before more of it is sent: it may have moved to another shard.
   */
  reshard(shards: number): void;
  /** Signals in a shard's open request. */
  openSignals(shard: number): number;
  /** Seals a shard's open request, which must not be empty, and opens an empty one. */
  take(shard: number): RequestBody;
  /**
   * Makes a request of some of the signals of a sealed one, in their order; it has
   * the same number. `kept` has a 1 for each signal that is in it and a 0 for each
   * other one; `body` is undefined when there is none: all are too old, or the request
   * has no halves.
   */
  select(
    body: RequestBody,
    which: Selection,
  ): { body: RequestBody | undefined; kept: Uint8Array };
  /** The request without snappy, for another compression. */
  plain(body: RequestBody): Uint8Array;
  /** What became of a request that was taken: the metadata in it is remembered if it was delivered. */
  settled(body: RequestBody, isDelivered: boolean): void;
  /**
   * Nobody will look at the body's bytes any more, and nobody sends them: their memory is used
   * for others. A body that is not recycled is garbage like anything else.
   */
  recycle(body: RequestBody): void;
}

/** What a {@link BatchWriter} makes, and what it refuses. */
export interface WriterRules {
  readonly format: BatchFormat;
  /** Which label names are valid: any UTF-8, or letters, digits and `_` (and `:` in metric names) alone. */
  readonly names: "utf8" | "legacy";
  /** Labels a series may have; 0 is without limit, as for the next two. */
  readonly labelLimit: number;
  /** In bytes. */
  readonly labelNameLengthLimit: number;
  /** In bytes. */
  readonly labelValueLengthLimit: number;
}

/** How a {@link BatchWriter} works. */
export interface WriterOptions {
  /** @default walq's own format, UTF-8 names, no limits */
  readonly rules?: WriterRules;
  /** Memory for label sets that are kept from batch to batch, so that they are not parsed anew; 0 for none. */
  readonly keptBytesMax?: number;
  /** An instance whose memory is larger is replaced when its batch is through. */
  readonly memoryBytesMax?: number;
}

/** A kind of signal that has a row in a batch. */
export type RowKind = "sample" | "histogram" | "exemplar" | "unsupported";

/** A metadata entry of a batch. */
export interface ShownMetadata {
  readonly family: string;
  /** `MetricMetadata.MetricType` of remote write. */
  readonly type: number;
  readonly help: string | undefined;
  readonly unit: string | undefined;
}

/**
 * The signals of one batch, to be looked at: rows, which are samples, histograms and
 * exemplars in their order, and metadata entries. Of use until the next call of whoever
 * shows it; what is bytes is a part of its memory, and has to be copied.
 */
export interface BatchView {
  readonly rows: number;
  /** What the kernel knows of a signal is that it is one, where the kind is "unsupported". */
  kindOf(row: number): RowKind;
  /** Exact up to 2^53, as the next one is. */
  timestampMsOf(row: number): number;
  /** The start timestamp, 0 where there is none. */
  startMsOf(row: number): number;
  /** Of a sample or an exemplar. */
  valueOf(row: number): number;
  /** The eight bytes of such a value, little-endian: a NaN has more to say than that it is one. */
  valueBytesOf(row: number): Uint8Array;
  /** The sample is a stale marker. */
  isStale(row: number): boolean;
  /** Rows with the same number have the same labels; in walq's format also the other way round. */
  setOf(row: number): number;
  /** In the order in which the file has them. */
  labelsOf(row: number): readonly LabelPair[];
  /** The message `Histogram` of remote write without its timestamps. */
  histogramOf(row: number): Uint8Array;
  /** The own labels of an exemplar. */
  exemplarLabelsOf(row: number): readonly LabelPair[];
  readonly metadata: readonly ShownMetadata[];
  /** From a row on, by its number, an entry counts for its family, by its number; before that the first does. */
  readonly switches: readonly { readonly row: number; readonly entry: number }[];
}

/** What a {@link BatchViewer} reads. */
export interface ViewerOptions {
  /** A batch that claims or has more uncompressed bytes is corrupt. */
  readonly uncompressedBytesMax: number;
  /** Without it no batch may come that is compressed so. */
  readonly decompressZstd?: DecompressZstd | undefined;
}

/** Reads batches of all formats as {@link BatchReader} does, to look at them. */
export interface BatchViewer {
  /** Checks all of a batch, and shows it. Throws `CORRUPT` or `UNSUPPORTED_FORMAT`. */
  view(batch: LoadableBatch): { readonly loaded: Loaded; readonly view: BatchView };
}

/** The WebAssembly kernel: every instance has its own memory. */
export interface Kernel {
  createWriter(options?: WriterOptions): BatchWriter;
  createReader(options: ReaderOptions): BatchReader;
  createViewer(options: ViewerOptions): BatchViewer;
  /** One is enough for all targets of a process. */
  createPageParser(): PageParser;
  /** As the files of the queue have it: `xxh64:` and 16 hexadecimal digits. */
  checksumOf(bytes: Uint8Array): string;
}
