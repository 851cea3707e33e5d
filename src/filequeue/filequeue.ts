import type {
  BatchId,
  BatchStore,
  EndpointEvents,
  FileSystem,
  Lease,
  Logger,
  StorableBatch,
  StoreTotals,
} from "../contracts.ts";
import { assert } from "../assert.ts";
import { FileSystemError, messageOf, WalqError } from "../errors.ts";
import type { BatchMeta } from "../formats/batch_meta.ts";
import { metaOf, readMeta } from "../formats/meta.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import { QueueDirectory } from "./directory.ts";
import { makeDurableDirectory } from "./durable_directory.ts";
import { FreshBatches } from "./fresh_batches.ts";
import { IdRuns } from "./id_runs.ts";
import { decodeRecord, encodeRecord, peekMeta } from "./record.ts";
import { planRecovery } from "./recovery.ts";
import { ReservedIds } from "./reserved_ids.ts";

/** Enough for Meta of any known version; counts are read from here at start. */
const META_BYTES_MAX = 4096;
const RECOUNT_AT_ONCE = 16;
/** No batch that can be read takes more, whatever its compression. */
const FILE_BYTES_MAX = 2 * BATCH_BYTES_MAX;
/** With the endpoint's backoff this is some minutes. */
const READ_ATTEMPTS_MAX = 10;

/** What a {@link FileQueue} is made of. */
export interface FileQueueOptions {
  /** `<data_path>/<endpoint>`. */
  readonly directory: string;
  readonly files: FileSystem;
  readonly events: EndpointEvents;
  readonly logger: Logger;
}

interface Held {
  readonly signals: number;
  readonly bytes: number;
}

/**
 * Batches as files, one directory an endpoint: `wal/<id>.committed`. A file is
 * there until every signal in it has an outcome.
 */
export class FileQueue implements BatchStore {
  readonly #root: string;
  readonly #directory: QueueDirectory;
  readonly #files: FileSystem;
  readonly #events: EndpointEvents;
  readonly #logger: Logger;
  readonly #waiting = new IdRuns();
  readonly #leased = new Map<BatchId, Held>();
  readonly #fresh = new FreshBatches();
  /** Through, but the disk would not delete them: not sent again in this run. */
  readonly #undeleted = new Set<BatchId>();
  /** Files that could not be read when they were counted at start. */
  readonly #uncounted = new Set<BatchId>();
  #deletingRest = false;
  /** Of the batch whose turn it is, one after the other. */
  #readFailures = 0;
  /** A batch is between waiting and leased. */
  #leasing = false;
  #nextId = 1;
  /** Undefined until the directory was read. */
  #ids: ReservedIds | undefined;
  #bytes = 0;
  #signals = 0;
  #appending: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | undefined;

  private constructor(options: FileQueueOptions) {
    this.#root = options.directory;
    this.#files = options.files;
    this.#events = options.events;
    this.#logger = options.logger;
    this.#directory = new QueueDirectory(options.files, options.directory);
    this.#directory.onUndoFailed = (path, error) =>
      this.#logger.warn("cannot remove a file that was not acknowledged", { path, error });
  }

  /**
   * Opens the directory, made when it is missing: what is there comes out of
   * `next` first, in order.
   *
   * @throws {FileSystemError} when the directory cannot be made, listed or written.
   */
  static async open(options: FileQueueOptions): Promise<FileQueue> {
    const queue = new FileQueue(options);
    await queue.#recover();
    return queue;
  }

  append(storable: StorableBatch): Promise<BatchId> {
    // One after the other, so that ids are in the order of acceptance.
    const appended = this.#appending.then(() => this.#append(storable)).catch((error) => {
      this.#events.storeFailed(messageOf(error));
      throw error;
    });
    this.#appending = appended.catch(() => {});
    return appended;
  }

  async next(signal: AbortSignal): Promise<Lease | undefined> {
    while (!signal.aborted) {
      const id = this.#waiting.shift();
      if (id === undefined) {
        await this.#untilStored(signal);
        continue;
      }
      this.#leasing = true;
      try {
        const lease = await this.#lease(id);
        if (lease) return lease;
      } catch (error) {
        this.#waiting.unshift([id]);
        throw error;
      } finally {
        this.#leasing = false;
        this.#reconcile();
      }
    }
    return undefined;
  }

  async ack(id: BatchId): Promise<void> {
    this.#forget(id);
    this.#reconcile();
    if (await this.#delete(id)) await this.#deleteRest();
  }

  async quarantine(id: BatchId, reason: string): Promise<void> {
    const { signals } = this.#forget(id);
    const movedAside = this.#setAside(id, signals, reason);
    this.#reconcile();
    await movedAside;
  }

  release(): void {
    this.#waiting.unshift([...this.#leased.keys()]);
    this.#leased.clear();
    this.#wake?.();
  }

  totals(): StoreTotals {
    return {
      batches: this.#waiting.size + this.#leased.size,
      bytes: this.#bytes,
      signals: this.#signals,
    };
  }

  async #append(storable: StorableBatch): Promise<BatchId> {
    const { batch } = storable;
    const id = this.#nextId++;
    await this.#ids!.cover(id);
    const parts = encodeRecord({ meta: metaOf(batch), data: batch.data });
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    // Only a queue like this one leaves a path here: see StorableBatch.
    const shared = typeof storable.shared === "string" ? storable.shared : undefined;
    if (shared === undefined || !await this.#directory.link(id, shared)) {
      await this.#directory.write(id, parts);
      storable.shared = this.#directory.pathOf(id);
    }
    this.#signals += batch.series + batch.metadata;
    this.#bytes += bytes;
    this.#waiting.push(id);
    this.#fresh.put(id, batch, bytes);
    this.#events.stored({ id, batch, recordBytes: bytes });
    this.#wake?.();
    return id;
  }

  async #lease(id: BatchId): Promise<Lease | undefined> {
    const fresh = this.#fresh.take(id);
    if (fresh !== undefined) {
      const { batch, recordBytes } = fresh;
      const signals = batch.series + batch.metadata;
      this.#leased.set(id, { signals, bytes: recordBytes });
      return { id, signals, ...batch };
    }
    let bytes: Uint8Array;
    try {
      // One byte more than is allowed tells that there are too many.
      bytes = await this.#files.read(this.#directory.pathOf(id), FILE_BYTES_MAX + 1);
      this.#readFailures = 0;
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error;
      await this.#unreadable(id, error);
      return undefined;
    }
    if (bytes.length > FILE_BYTES_MAX) {
      const signals = this.#signalsIn(bytes) ?? 0;
      this.#countLate(id, signals);
      this.#signals -= signals;
      await this.#setAside(
        id,
        signals,
        `got over ${FILE_BYTES_MAX} bytes, expected at most as many`,
      );
      return undefined;
    }
    try {
      const { meta, data } = decodeRecord(bytes);
      const known = readMeta(meta);
      this.#countLate(id, known.signals);
      this.#leased.set(id, { signals: known.signals, bytes: bytes.length });
      return { id, data, ...known };
    } catch (error) {
      if (!(error instanceof WalqError)) throw error;
      const signals = this.#signalsIn(bytes) ?? 0;
      this.#countLate(id, signals);
      this.#signals -= signals;
      this.#bytes -= bytes.length;
      await this.#setAside(id, signals, error.message);
      return undefined;
    }
  }

  /** A file that could not be counted at start is counted when it can be read. */
  #countLate(id: BatchId, signals: number): void {
    if (!this.#uncounted.delete(id)) return;
    this.#signals += signals;
    this.#events.recovered({ batches: 0, signals });
  }

  /** A disk may fail for a moment, and a file may be lost: after some attempts the rest goes on without it. */
  async #unreadable(id: BatchId, error: FileSystemError): Promise<void> {
    // Somebody deleted it under us: nothing to set aside, but not silent.
    if (error.code === "not_found") return this.#quarantined(id, 0, "the file is gone");
    if (++this.#readFailures < READ_ATTEMPTS_MAX) throw error;
    this.#readFailures = 0;
    await this.#setAside(id, 0, error.message);
  }

  #forget(id: BatchId): Held {
    const held = this.#leased.get(id);
    assert(held !== undefined, `batch ${id} is not leased`);
    this.#leased.delete(id);
    this.#signals -= held.signals;
    this.#bytes -= held.bytes;
    return held;
  }

  /**
   * A file that changed after it was counted does not say any more what it held.
   * When nothing is left, what the sums still have was in such files.
   */
  #reconcile(): void {
    if (this.#waiting.size > 0 || this.#leased.size > 0 || this.#leasing) return;
    const signals = this.#signals;
    this.#signals = 0;
    this.#bytes = 0;
    if (signals > 0) this.#events.settled({ outcome: "corrupt", signals });
    // Dropped more than there was: no counter goes down for it.
    if (signals < 0) this.#events.putBack({ signals: -signals });
  }

  /** False when the disk refused: the file is tried again after one that it does delete. */
  async #delete(id: BatchId): Promise<boolean> {
    const path = this.#directory.pathOf(id);
    try {
      await this.#files.remove(path);
    } catch (error) {
      if (!(error instanceof FileSystemError) || error.code !== "not_found") {
        // Once for all of them: a disk that became read-only may have thousands.
        if (this.#undeleted.size === 0) {
          const message = "cannot delete delivered files; they are tried again";
          this.#logger.warn(message, { path, error: messageOf(error) });
        }
        this.#undeleted.add(id);
        return false;
      }
    }
    this.#undeleted.delete(id);
    return true;
  }

  /** One round over all at a time: many files that are through at once must not each start one. */
  async #deleteRest(): Promise<void> {
    if (this.#undeleted.size === 0 || this.#deletingRest) return;
    this.#deletingRest = true;
    for (const id of [...this.#undeleted]) {
      if (!await this.#delete(id)) break;
    }
    this.#deletingRest = false;
  }

  async #setAside(id: BatchId, signals: number, reason: string): Promise<void> {
    // Counted in the moment in which it stops to be pending, however long the disk takes.
    this.#quarantined(id, signals, reason);
    try {
      await this.#directory.setAside(id, reason);
    } catch (error) {
      // It stays where it is and is met again at the next start.
      this.#logger.error("cannot move a damaged file to quarantine", {
        path: this.#directory.pathOf(id),
        error: messageOf(error),
      });
    }
  }

  #quarantined(id: BatchId, signals: number, reason: string): void {
    const path = this.#directory.pathOf(id);
    this.#logger.error("file set aside in quarantine", { path, signals, reason });
    this.#events.quarantined({ id, signals, reason });
  }

  #signalsIn(head: Uint8Array): number | undefined {
    const meta = peekMeta(head.subarray(0, META_BYTES_MAX));
    return meta && countOf(meta);
  }

  async #recover(): Promise<void> {
    const { wal, quarantine } = this.#directory;
    await makeDurableDirectory(this.#files, wal);
    await makeDurableDirectory(this.#files, quarantine);
    const plan = planRecovery(await this.#files.list(wal), await this.#files.list(quarantine));
    this.#ids = await ReservedIds.open(this.#files, this.#root);
    this.#nextId = Math.max(plan.nextId, this.#ids.last + 1);
    for (const name of plan.remove) await this.#files.remove(`${wal}/${name}`);
    for (const name of plan.foreign) {
      this.#logger.warn("not a queue file; left alone", { path: `${wal}/${name}` });
    }
    for (let at = 0; at < plan.pending.length; at += RECOUNT_AT_ONCE) {
      const some = plan.pending.slice(at, at + RECOUNT_AT_ONCE);
      const counts = await Promise.all(some.map(({ id }) => this.#recount(id)));
      for (const count of counts) this.#signals += count;
    }
    for (const { id, bytes } of plan.pending) {
      this.#waiting.push(id);
      this.#bytes += bytes;
    }
    await this.#files.syncDirectory(wal);
    this.#events.recovered({ batches: plan.pending.length, signals: this.#signals });
  }

  /** Signals of a file, from its head; a damaged head counts as none and is met again when it is sent. */
  async #recount(id: BatchId): Promise<number> {
    try {
      const head = await this.#files.read(this.#directory.pathOf(id), META_BYTES_MAX);
      return this.#signalsIn(head) ?? 0;
    } catch (error) {
      // A disk that fails is no start: what is pending would be told wrong until it recovers.
      const isThisFile = error instanceof FileSystemError && error.code === "not_permitted";
      if (!isThisFile) throw error;
      const path = this.#directory.pathOf(id);
      this.#logger.error("cannot read a file to count it", { path, error: messageOf(error) });
      this.#uncounted.add(id);
      return 0;
    }
  }

  #untilStored(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        signal.removeEventListener("abort", settle);
        this.#wake = undefined;
        resolve();
      };
      signal.addEventListener("abort", settle, { once: true });
      this.#wake = settle;
    });
  }
}

function countOf(meta: Readonly<Record<string, string>>): number | undefined {
  try {
    const known: BatchMeta = readMeta(meta);
    return known.signals;
  } catch {
    return undefined;
  }
}
