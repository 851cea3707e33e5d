import type { BatchId } from "../contracts.ts";
import { FileSystemError, messageOf, WalqError } from "../errors.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { isNotFound } from "./not_found.ts";
import { SharedBytes } from "./shared_bytes.ts";
import type { SyncScheduler, SyncTask } from "./sync_scheduler.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";
import { FileRewriter } from "./file_rewriter.ts";

const RETRY_MS = 1000;
/** At the end there is no time to wait, and a disk may fail for a moment. */
const LAST_ATTEMPTS = 3;

/** What is to be done for the bytes of a file. */
interface Unsynced {
  readonly task: SyncTask;
  /** It need not be done for this queue any more. */
  readonly release: () => void;
}

/**
 * Files that were stored without an fsync, and get it a little later: the level
 * `interval`. A file's bytes and its name are synced each in their turn. A failed
 * fsync is not tried again on the same file, as it could succeed without the bytes
 * being there. The file is rewritten, and nothing more is taken before that.
 */
export class SyncLater {
  readonly #dependencies: DirectoryDependencies;
  readonly #turns: SyncScheduler;
  readonly #anew: FileRewriter;
  readonly #bytes = new Map<BatchId, Unsynced>();
  /** Batches whose names are not synced, with their place in the order in which they came. */
  readonly #names = new Map<BatchId, number>();
  #namesSoFar = 0;
  /** The task for the names that came since the last one began. */
  #directory: SyncTask | undefined;
  /** The task that began last, and the place up to which it syncs names. */
  #begun: { readonly task: SyncTask; readonly last: number } | undefined;
  /** The last error of each task that failed and is tried again. */
  readonly #failures = new Map<BatchId | "directory", unknown>();
  readonly #log: LogLimiter;
  #closed = false;
  #retrying: Promise<void> | undefined;

  constructor(dependencies: DirectoryDependencies, turns: SyncScheduler) {
    this.#dependencies = dependencies;
    this.#turns = turns;
    this.#anew = new FileRewriter(dependencies);
    this.#log = new LogLimiter(dependencies.clock);
  }

  /** @throws what the disk says, while it does not sync. */
  async admit(): Promise<void> {
    if (this.#failures.size === 0) return;
    this.#retrying ??= this.#retry().finally(() => this.#retrying = undefined);
    await this.#retrying;
    const [failure] = this.#failures;
    if (failure === undefined) return;
    const [, error] = failure;
    const message = `files cannot be synced: ${messageOf(error)}`;
    // The code decides what is done about it.
    throw error instanceof FileSystemError
      ? new FileSystemError(error.code, error.path, message, { cause: error })
      : new WalqError("STORAGE", message, { cause: error });
  }

  /** Waits until one more file would be synced in time. @throws the same. */
  async room(intervalMs: number): Promise<void> {
    for (;;) {
      await this.admit();
      if (this.#turns.hasRoom(intervalMs)) return;
      // Those of other endpoints, behind which this one would wait for as long as it lasts.
      if (this.#turns.isFailing) {
        throw new WalqError("STORAGE", "files of other endpoints cannot be synced");
      }
      await this.#turns.change();
    }
  }

  /** The same for a batch that was found, so that stores have room beside a long backlog. */
  async roomForFound(intervalMs: number): Promise<void> {
    while (!this.#closed && !this.#turns.hasRoom(intervalMs / 2)) await this.#turns.change();
  }

  /** A file that was there when the directory was opened, and its name is known to be on the disk. */
  addFound(id: BatchId, delayMs: number): void {
    // It may have been found twice: when it was read and when it was counted.
    if (this.#closed || this.#bytes.has(id)) return;
    this.#hold(id, new SharedBytes(this.#dependencies.files, "found"), delayMs);
  }

  /** A file that is to be synced within `delayMs`. */
  add(id: BatchId, bytes: SharedBytes, delayMs: number): void {
    // A file that was just being counted when the queue was closed.
    if (this.#closed) return;
    if (bytes.isLost) this.#rewriter(id, delayMs);
    else this.#hold(id, bytes, delayMs);
    this.#addName(id, delayMs);
  }

  /** The file is gone: it need not be synced any more. */
  forget(id: BatchId): void {
    this.#doneWith(id);
    this.#anew.forget(id);
    this.#names.delete(id);
    if (this.#names.size > 0) return;
    this.#failures.delete("directory");
    this.#forgetDirectory();
  }

  /** Syncs what there is a last time. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#turns.wake();
    for (let attempt = 0; attempt < LAST_ATTEMPTS && !this.#isDone; attempt++) {
      await this.#turns.now([...this.#bytes.values()].map(({ task }) => task));
      await this.#turns.now([this.#lastDirectory()]);
    }
    for (const id of [...this.#bytes.keys(), ...this.#names.keys()]) this.forget(id);
    this.#forgetDirectory();
  }

  /** It may wait without a name to sync: the last ones were synced by the turn before, or are gone. */
  #forgetDirectory(): void {
    if (this.#directory !== undefined) this.#turns.remove(this.#directory);
    this.#directory = undefined;
  }

  get #isDone(): boolean {
    return this.#bytes.size === 0 && this.#names.size === 0;
  }

  #hold(id: BatchId, bytes: SharedBytes, delayMs: number): void {
    const name = {
      path: this.#dependencies.directory.pathOf(id),
      ended: (error?: unknown) => {
        this.#doneWith(id);
        if (error === undefined) return;
        this.#failed(id, error);
        this.#rewriter(id, RETRY_MS);
      },
    };
    bytes.hold(name);
    const release = (): void => {
      bytes.release(name);
      if (bytes.isForgotten) this.#turns.remove(bytes);
    };
    this.#bytes.set(id, { task: bytes, release });
    this.#turns.add(bytes, delayMs);
  }

  #rewriter(id: BatchId, delayMs: number): void {
    const task = { isUnsynced: true, run: () => this.#runAnew(id, task) };
    this.#bytes.set(id, { task, release: () => this.#turns.remove(task) });
    this.#turns.add(task, delayMs);
  }

  async #runAnew(id: BatchId, task: SyncTask): Promise<boolean> {
    const isThere = (): boolean => this.#bytes.get(id)?.task === task;
    try {
      await this.#anew.write(id, isThere);
    } catch (error) {
      // It was sent and deleted meanwhile.
      if (!isNotFound(error)) {
        if (!isThere()) return false;
        this.#failed(id, error);
        this.#turns.add(task, RETRY_MS);
        return false;
      }
    }
    if (!isThere()) return true;
    this.#doneWith(id);
    this.#addName(id, 0);
    return true;
  }

  #addName(id: BatchId, delayMs: number): void {
    this.#names.delete(id);
    this.#names.set(id, ++this.#namesSoFar);
    if (this.#directory === undefined) this.#nextDirectory(delayMs);
  }

  #nextDirectory(delayMs: number): SyncTask {
    const task = { isUnsynced: true, run: () => this.#runDirectory(task) };
    this.#directory = task;
    this.#turns.add(task, delayMs);
    return task;
  }

  /** What syncs all names that came so far. */
  #lastDirectory(): SyncTask {
    const isUnderWay = this.#begun !== undefined && this.#begun.last === this.#namesSoFar;
    return isUnderWay ? this.#begun!.task : this.#directory ?? this.#nextDirectory(0);
  }

  #ended(task: SyncTask): void {
    if (this.#begun?.task === task) this.#begun = undefined;
  }

  async #runDirectory(task: SyncTask): Promise<boolean> {
    const { files, directory } = this.#dependencies;
    // Names that come from now on need another turn.
    this.#directory = undefined;
    const last = this.#namesSoFar;
    this.#begun = { task, last };
    try {
      await files.syncDirectory(directory.wal);
    } catch (error) {
      if (this.#names.size === 0) return false;
      this.#failed("directory", error);
      if (this.#directory === undefined) this.#nextDirectory(RETRY_MS);
      return false;
    } finally {
      this.#ended(task);
    }
    for (const [id, place] of this.#names) {
      if (place > last) break;
      this.#names.delete(id);
    }
    this.#failures.delete("directory");
    return true;
  }

  #doneWith(id: BatchId): void {
    this.#bytes.get(id)?.release();
    this.#bytes.delete(id);
    this.#failures.delete(id);
  }

  #failed(what: BatchId | "directory", error: unknown): void {
    this.#failures.set(what, error);
    const message = messageOf(error);
    const hidden = this.#log.admit(error instanceof FileSystemError ? error.code : message);
    if (hidden === undefined) return;
    const fields = { error: message, failures_not_logged: hidden || undefined };
    this.#dependencies.logger.error("cannot sync files; trying again", fields);
  }

  /** One more attempt of all that failed. */
  async #retry(): Promise<void> {
    const failed = [...this.#failures.keys()];
    const tasks = failed.flatMap((what) =>
      what === "directory" ? this.#directory ?? [] : this.#bytes.get(what)?.task ?? []
    );
    await this.#turns.now(tasks);
  }
}
