import type { BatchId, CancelTimer } from "../contracts.ts";
import { FileSystemError, messageOf } from "../errors.ts";
import { isMissing } from "./missing.ts";
import { FAULTS_OF_FILE, UNREADABLE_MS_MAX } from "./read_back.ts";
import type { DirectoryTools } from "./tools.ts";

/** More files than this are not left to the timer: whoever stores the next one waits for them. */
const UNSYNCED_MAX = 1000;
const RETRY_MS = 1000;
/** At the end there is no time to wait, and a disk may fail for a moment. */
const LAST_ATTEMPTS = 3;
/** So many that fail before any other is synced are the disk's fault. */
const FAILED_FILES_MAX = 3;

/** What the queues that share a file know of its bytes: `lost` once an fsync has failed. */
export interface SharedSync {
  state: "unsynced" | "synced" | "lost";
  /** The one fsync that is under way: of two at once the system tells only one that the bytes are lost. Never rejects. */
  syncing?: Promise<void> | undefined;
}

/**
 * Files that were stored without an fsync, and get it a little later: the level
 * `interval`. An fsync that fails is not tried again on the same file, for which
 * it could succeed without the bytes being there; the file is written anew.
 */
export class SyncLater {
  readonly #tools: DirectoryTools;
  readonly #unsynced = new Map<BatchId, SharedSync>();
  #cancelTimer: CancelTimer | undefined;
  #closed = false;
  #syncing: Promise<void> | undefined;
  /** Files whose fsync failed and that cannot be read back, and since when. */
  readonly #unreadable = new Map<BatchId, number>();
  /** Of the last attempt: nothing more is taken until one succeeds. */
  #failure: { readonly error: unknown } | undefined;

  constructor(tools: DirectoryTools) {
    this.#tools = tools;
  }

  /** @throws what the disk says, while it does not sync. */
  async admit(): Promise<void> {
    if (this.#failure === undefined && this.#unsynced.size < UNSYNCED_MAX) return;
    await this.sync();
    if (this.#failure === undefined) return;
    const { error } = this.#failure;
    const message = `files cannot be synced: ${messageOf(error)}`;
    // What the code says decides what is done about it.
    throw error instanceof FileSystemError
      ? new FileSystemError(error.code, error.path, message, { cause: error })
      : new Error(message, { cause: error });
  }

  /** A file that is to be synced within `delayMs`. */
  add(id: BatchId, shared: SharedSync, delayMs: number): void {
    // A file that was just being counted when the queue was closed.
    if (this.#closed) return;
    this.#unsynced.set(id, shared);
    this.#later(delayMs);
  }

  /** The file is gone: it need not be synced any more. */
  forget(id: BatchId): void {
    this.#unsynced.delete(id);
    this.#unreadable.delete(id);
  }

  /** Syncs what there is; never rejects. */
  sync(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#syncing ??= this.#syncAll().finally(() => this.#syncing = undefined);
    return this.#syncing;
  }

  /** Syncs what there is a last time. */
  async close(): Promise<void> {
    this.#closed = true;
    // One that is under way may have begun before the last file came.
    await this.#syncing;
    for (let attempt = 0; attempt < LAST_ATTEMPTS; attempt++) {
      await this.sync();
      if (this.#failure === undefined) break;
    }
    this.#cancelTimer?.();
  }

  #later(delayMs: number): void {
    this.#cancelTimer ??= this.#tools.clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.sync();
    });
  }

  async #syncAll(): Promise<void> {
    const { files, directory, logger } = this.#tools;
    const some = [...this.#unsynced];
    if (some.length === 0) {
      // What it failed with is sent and deleted.
      this.#failure = undefined;
      return;
    }
    try {
      const failed = await this.#syncEach(some);
      await files.syncDirectory(directory.wal);
      for (const [id] of some) if (!failed.has(id)) this.#unsynced.delete(id);
      for (const error of failed.values()) throw error;
      this.#failure = undefined;
      // The timer of what came meanwhile may have fired in vain.
      if (this.#unsynced.size > 0) this.#later(0);
    } catch (error) {
      this.#failure = { error };
      logger.error("cannot sync files; trying again", { error: messageOf(error) });
      this.#later(RETRY_MS);
    }
  }

  /** What the disk does to one file says nothing about the others. Returns why some failed. */
  async #syncEach(some: readonly [BatchId, SharedSync][]): Promise<Map<BatchId, unknown>> {
    const failed = new Map<BatchId, unknown>();
    for (const [at, [id, shared]] of some.entries()) {
      // It is the disk and no single file: the rest need not be tried.
      if (failed.size === at && at >= FAILED_FILES_MAX) throw [...failed.values()][0];
      try {
        await this.#syncOne(id, shared);
      } catch (error) {
        failed.set(id, error);
      }
    }
    return failed;
  }

  async #syncOne(id: BatchId, shared: SharedSync): Promise<void> {
    while (shared.syncing !== undefined) await shared.syncing;
    if (!this.#unsynced.has(id)) return;
    try {
      // Each queue syncs its own name, also of a file that they share: somebody may have
      // put another in the place of one of them.
      if (shared.state === "lost") await this.#writeAnew(id);
      else await this.#syncShared(id, shared);
    } catch (error) {
      // It was sent and deleted meanwhile.
      if (isMissing(error)) return;
      shared.state = "lost";
      throw error;
    }
  }

  async #syncShared(id: BatchId, shared: SharedSync): Promise<void> {
    const { files, directory } = this.#tools;
    let end = (): void => {};
    shared.syncing = new Promise((resolve) => end = resolve);
    try {
      await files.sync(directory.pathOf(id));
    } catch (error) {
      if (!isMissing(error)) shared.state = "lost";
      throw error;
    } finally {
      shared.syncing = undefined;
      end();
    }
  }

  /** Undefined when it is given up: there is nothing left that could be kept, and its turn to be read will come. */
  async #readBack(id: BatchId): Promise<Uint8Array | undefined> {
    const { files, directory, clock, logger } = this.#tools;
    const path = directory.pathOf(id);
    try {
      const bytes = await files.read(path);
      this.#unreadable.delete(id);
      return bytes;
    } catch (error) {
      if (!(error instanceof FileSystemError) || !FAULTS_OF_FILE.has(error.code)) throw error;
      const nowMs = clock.monotonicMs();
      const sinceMs = this.#unreadable.get(id) ?? nowMs;
      this.#unreadable.set(id, sinceMs);
      if (nowMs - sinceMs < UNREADABLE_MS_MAX) throw error;
      logger.error("a file can be neither synced nor read back; it is left as it is", { path });
      this.forget(id);
      return undefined;
    }
  }

  /** What the cache has is written to another file, which takes the name over. */
  async #writeAnew(id: BatchId): Promise<void> {
    const { files, directory, isOwner } = this.#tools;
    const bytes = await this.#readBack(id);
    if (bytes === undefined) return;
    // Here alone a file is replaced: it must be this process's.
    if (!await isOwner()) throw new Error("the lock of the data path is gone, or cannot be read");
    const draft = await directory.draft([bytes], true);
    // Sent and deleted meanwhile: it must not come back.
    if (!this.#unsynced.has(id)) return await directory.discard(draft);
    await files.rename(draft.path, directory.pathOf(id));
    // The same, while it was renamed.
    if (!this.#unsynced.has(id)) return await directory.discard({ path: directory.pathOf(id) });
    // A file of its own from now on.
    this.#unsynced.set(id, { state: "synced" });
  }
}
