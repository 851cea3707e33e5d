/**
 * What the rooms ask of each other and of the platform. A stage imports this
 * and what lies below it, never another stage.
 */
import type { DropReason, Labels, ProtobufMessage, SignalCounts } from "./types.ts";

// ---------------------------------------------------------------- platform

/** One name in a directory. */
export interface DirectoryEntry {
  readonly name: string;
  /** `other` is what is neither a plain file nor a directory. */
  readonly kind: "file" | "directory" | "other";
}

/** The beginning of a file. */
export interface FileHead {
  readonly bytes: Uint8Array;
  /** Of the whole file. */
  readonly fileBytes: number;
}

/**
 * Primitives of a file system, without policy: atomic replacement, retries and
 * order are written once, above. Every method throws {@link FileSystemError}.
 */
export interface FileSystem {
  /** Reads a file, or its first `bytesMax` bytes. What is no plain file is refused (`io`), and never waited for. */
  read(path: string, bytesMax?: number): Promise<Uint8Array>;
  /**
   * Reads a whole file, into `room` if there is enough of it: then what is returned is
   * a part of that. One of more than `bytesMax` bytes is `too_large`, and not read.
   */
  readWhole(path: string, bytesMax: number, room?: Uint8Array): Promise<Uint8Array>;
  /** Reads a file's first `bytesMax` bytes, and tells how many it has. */
  readHead(path: string, bytesMax: number): Promise<FileHead>;
  /** Creates a file that must not exist (`exists`), writes the parts one after the other and closes it. */
  write(path: string, parts: readonly Uint8Array[]): Promise<void>;
  /** The same, with an fsync before it closes it. */
  writeAndSync(path: string, parts: readonly Uint8Array[]): Promise<void>;
  /**
   * Fsyncs a file that is there. After a failure the bytes may be lost although a
   * second call succeeds: they must be written anew, under another name.
   */
  sync(path: string): Promise<void>;
  /** Replaces `to` if it is there, atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Makes a hard link; `exists` if `to` is there, `link_unsupported` where the file system has none. */
  link(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /** Makes renames, links and removals in the directory durable. */
  syncDirectory(path: string): Promise<void>;
  /** Makes a directory and its parents; one that is there already is fine. */
  makeDirectory(path: string): Promise<void>;
  /** Shows the names in a directory, in no particular order, one by one: there may be very many. */
  visit(path: string, take: (entry: DirectoryEntry) => void): Promise<void>;
  /** Bytes that an unprivileged process can still write. */
  freeBytes(path: string): Promise<number>;
}

/** One HTTP request, complete. */
export interface HttpRequest {
  readonly url: string;
  readonly method: "POST" | "GET";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** How much of the answer's body is read at most; the rest is cancelled. */
  readonly answerBytesMax: number;
}

/** The answer to an {@link HttpRequest}. */
export interface HttpAnswer {
  readonly status: number;
  /** The value of a header, by its lower-case name. */
  header(name: string): string | undefined;
  /** At most `answerBytesMax` bytes of the body, as text. */
  readonly text: string;
}

/**
 * One HTTP exchange. Redirects are not followed. Rejects on a network error and,
 * with the signal's reason, when the signal aborts. From the moment in which the
 * status is known it resolves: an error or an abort then cuts the text short.
 */
export interface HttpClient {
  exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Closes idle connections. */
  close(): Promise<void>;
}

/** Stops a timer; harmless after it has fired. */
export type CancelTimer = () => void;

/** Time, injected so that tests never sleep. */
export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  nowMs(): number;
  /** Milliseconds that only grow. */
  monotonicMs(): number;
  /** Calls `fire` once, after `delayMs`. */
  after(delayMs: number, fire: () => void): CancelTimer;
}

/** Uniform in [0, 1). */
export type Random = () => number;

/** Which processes live on this host: tells a stale lock from a live one. */
export interface ProcessTable {
  readonly pid: number;
  /**
   * A mark of the process with this id that a later process with the same id
   * does not share (its start time and the host's boot); undefined when there is
   * no such process; "unknown" when it lives but the host tells no mark.
   */
  mark(pid: number): Promise<string | undefined>;
}

/** A door that this process holds open. */
export interface OpenDoor {
  /** Shuts it and removes its name. */
  shut(): Promise<void>;
}

/**
 * Names in a directory behind which a living process stands. A door shuts in the
 * moment in which its process ends, however it ends, and can be tried from any
 * process of the host that sees the directory, also from another container, in
 * which process ids mean something else.
 */
export interface Doors {
  /** Undefined where the host or the file system has no such thing. Never rejects. */
  open(path: string): Promise<OpenDoor | undefined>;
  /** Undefined when it cannot be told. Never rejects. */
  isOpen(path: string): Promise<boolean | undefined>;
}

/** All that walq asks of a runtime. */
export interface Platform {
  readonly name: "node" | "deno" | "bun" | "memory";
  readonly files: FileSystem;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly processes: ProcessTable;
  readonly doors: Doors;
}

/** One line of the log. Values are shown as they are: no secret goes in. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where log lines go. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

// ------------------------------------------------------------------ kernel

/** How bytes are compressed: `snappy` is the block format of remote write. */
export type Compression = "snappy" | "none";

/** What a request is: `appended` is what the appender writes, 1.0 with start timestamps. */
export type RequestMessage = ProtobufMessage | "appended";

/** How {@link BatchWriter.addRequest} reads a request. */
export interface AddOptions {
  readonly message: RequestMessage;
  readonly compression: Compression;
  /** A request that claims or has more is refused before anything is allocated. */
  readonly uncompressedBytesMax: number;
  /** Signals with an older timestamp are counted as expired and not kept. */
  readonly cutoffMs: number;
}

/** What came of one request. Counts are of signals. */
export interface AddResult {
  /** Signals now in the batch. */
  readonly accepted: number;
  /** The same, by kind. */
  readonly kinds: SignalCounts;
  /** Signals older than the cutoff. */
  readonly expired: number;
  /** Signals that break a rule, or whose series does. */
  readonly invalid: number;
  /** Signals that the format of the batch cannot carry. */
  readonly unsupported: number;
  /** Which rule the first invalid series or signal broke, and where. */
  readonly firstInvalid?: string;
}

/** The formats that batches are written in. */
export type BatchFormat = "walq.metrics.v1" | "alloy.metrics.queue.v1";

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
  /** From the next empty batch on. */
  configure(rules: WriterRules): void;
  /** Encodes the open batch, which must not be empty, and opens an empty one. */
  encode(): EncodedBatch;
}

/** A batch as a store gave it back. */
export interface LoadableBatch {
  readonly format: string;
  readonly compression: string;
  readonly data: Uint8Array;
  /** Checked over `data` where the writer left one; Alloy does not. */
  readonly checksum: string | undefined;
}

/** How a {@link BatchReader} writes requests. */
export interface ReaderOptions {
  /** A series belongs to the shard `hash % shards`. */
  readonly shards: number;
  /** A shard's request is full at this many signals. */
  readonly requestSignalsMax: number;
  /** Added where a series has no such label; inserted in order. */
  readonly externalLabels: Labels;
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
}

/** A remote write request, sealed. */
export interface RequestBody {
  /** For {@link BatchReader.settled}. */
  readonly number: number;
  /** What is in it, by kind; together `signals`. */
  readonly kinds: SignalCounts;
  /** Under snappy; the caller's own copy. */
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
  readonly signals: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** A batch that a {@link BatchReader} has taken in. */
export interface Loaded {
  readonly signals: number;
  /** What the head of a batch counts: its signals, or, in Alloy's second format, records, which have one or more. */
  readonly counted: number;
  readonly uncompressedBytes: number;
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
  /** Signals in a shard's open request. */
  openSignals(shard: number): number;
  /** Seals a shard's open request, which must not be empty, and opens an empty one. */
  take(shard: number): RequestBody;
  /**
   * Drops the signals older than the cutoff from a sealed request. `kept` has a
   * 1 for each signal kept and a 0 for each dropped, in order; `body` is
   * undefined when none is kept.
   */
  expire(body: RequestBody, cutoffMs: number): { body: RequestBody | undefined; kept: Uint8Array };
  /**
   * Parts a sealed request in two halves: the first has its first signals, the
   * second the rest, in order. Undefined when it cannot be parted: it is one
   * signal, or a series of 2.0 with its exemplars. Halves have the request's number.
   */
  split(body: RequestBody): readonly [RequestBody, RequestBody] | undefined;
  /** What became of a request that was taken: the metadata in it is remembered if it was delivered. */
  settled(body: RequestBody, isDelivered: boolean): void;
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
}

/** The WebAssembly kernel: every instance has its own memory. */
export interface Kernel {
  createWriter(options?: WriterOptions): BatchWriter;
  createReader(options: ReaderOptions): BatchReader;
}

// ------------------------------------------------------------------ events

/** One attempt to send a request. */
export interface AttemptEvent {
  readonly durationMs: number;
  /** Bytes on the wire: the compressed body. */
  readonly bytes: number;
  readonly signals: number;
  /** The same, by kind. */
  readonly kinds: SignalCounts;
  /** What the endpoint took of it. */
  readonly written: SignalCounts;
  /** The answer's status; undefined when there was none (network error, timeout). */
  readonly status: number | undefined;
  readonly outcome: "delivered" | "rejected" | "retried" | "gave_up";
  readonly newestMs: number;
  /** Why it failed, without secrets. */
  readonly error?: string;
}

/**
 * What the stages of one endpoint tell about themselves. A callback, so that
 * whoever listens decides how it is shown; none of these may throw.
 */
export interface EndpointEvents {
  /** A batch is durable in this endpoint's store. */
  stored(event: { id: BatchId; batch: EncodedBatch; recordBytes: number }): void;
  /** A batch could not be stored. */
  storeFailed(message: string): void;
  /** A batch was read back to be sent. */
  loaded(
    event: { id: BatchId; signals: number; compressedBytes: number; uncompressedBytes: number },
  ): void;
  /** Batches that were found at start. */
  recovered(event: { batches: number; signals: number }): void;
  /** Settled signals of batches that go back to the store unfinished: they count as accepted anew. */
  putBack(event: { signals: number }): void;
  quarantined(event: { id: BatchId; signals: number; reason: string }): void;
  settled(event: { outcome: "delivered" | DropReason; signals: number }): void;
  attempted(event: AttemptEvent): void;
  /** Start timestamps that the protocol could not carry. */
  startsOmitted(event: { signals: number }): void;
  /** The receiver does not understand remote write 2.0, and gets 1.0 from now on. */
  fellBack(): void;
}

// ------------------------------------------------------------------ stages

/** A growing number: a batch with a smaller one was stored earlier. */
export type BatchId = number;

/** A batch on its way into the stores of all endpoints. */
export interface StorableBatch {
  readonly batch: EncodedBatch;
  /** Left by the first store for the next ones, which may share what it wrote; opaque to all others. */
  shared?: unknown;
  /** What `stage` has prepared; opaque to all but the store that did. */
  staged?: unknown;
}

/** How a store keeps what it is given; can change while it works. */
export interface StoreRules {
  /**
   * When a batch counts as stored: `commit`, when it would survive a power cut;
   * `interval` and `none`, when it would survive the process. With `interval` it
   * survives a power cut too after `syncIntervalMs`, with `none` when the system
   * gets to it.
   */
  readonly sync: SyncLevel;
  readonly syncIntervalMs: number;
  /** Bytes that the batches take at most; 0 is without limit. */
  readonly diskBytesMax: number;
  /** What goes when it would be more: the oldest batches, or the new one. */
  readonly onFull: OnFull;
}

/** See {@link StoreRules}. */
export type SyncLevel = "commit" | "interval" | "none";

/** See {@link StoreRules}. */
export type OnFull = "drop_oldest" | "reject";

/**
 * A batch out of a store: kept there until it is acked or quarantined. Its data is
 * good until the next call of `next`.
 */
export interface Lease extends LoadableBatch {
  readonly id: BatchId;
  /** As the batch's head says: see {@link Loaded.counted}. */
  readonly signals: number;
}

/** What lies in a store. */
export interface StoreTotals {
  readonly batches: number;
  readonly bytes: number;
  /** Signals in the batches that wait or are leased. */
  readonly signals: number;
  /** Batches found at start of which it is not known yet how much they hold; 0 soon after. */
  readonly uncounted: number;
}

/**
 * Keeps batches until all of their signals have an outcome. The contract knows
 * no files, so that another kind of store can fulfil it.
 */
export interface BatchStore {
  /**
   * Does ahead what `append` of this batch would have to wait for; several may be
   * under way. The batch is no part of the queue before `append`.
   */
  stage(batch: StorableBatch): Promise<void>;
  /** Forgets a batch that was staged and will not be appended. */
  unstage(batch: StorableBatch): Promise<void>;
  /** Resolves when the batch is stored as the rules say. Calls are served in order. */
  append(batch: StorableBatch): Promise<BatchId>;
  /** The oldest batch that is not leased; waits until there is one. Undefined when the signal aborts. */
  next(signal: AbortSignal): Promise<Lease | undefined>;
  /** All signals of the batch have an outcome: it is deleted. */
  ack(id: BatchId): Promise<void>;
  /** The batch cannot be read: it is set aside with the reason, never deleted. */
  quarantine(id: BatchId, reason: string): Promise<void>;
  /** Gives all leases back; they come again, in order, by `next`. */
  release(): void;
  totals(): StoreTotals;
  /** What was acked before stays deleted, also over a power cut; else that may bring it back. */
  keepDeleted(): Promise<void>;
  /** From the next batch on. */
  configure(rules: StoreRules): void;
  /** Ends what goes on in the background. */
  close(): Promise<void>;
}

/** Signals of one batch within a sealed request, in order. */
export interface RequestPart {
  readonly batchId: BatchId;
  readonly signals: number;
}

/** A request on its way to the endpoint, and the batches that wait for its outcome. */
export interface SealedRequest {
  readonly body: RequestBody;
  readonly parts: readonly RequestPart[];
}

/** Drops expired signals from a request before an attempt; undefined body when nothing is left. */
export type ExpireRequest = (
  request: SealedRequest,
  cutoffMs: number,
) => { request: SealedRequest | undefined; dropped: readonly RequestPart[] };

/** Parts a request in two halves, of which the first comes first; undefined when it cannot be parted. */
export type SplitRequest = (
  request: SealedRequest,
) => readonly [SealedRequest, SealedRequest] | undefined;

/** Told once for every signal of a request: what became of it. */
export type SettleParts = (
  parts: readonly RequestPart[],
  outcome: "delivered" | DropReason,
) => void;
