import type { FileSystem } from "../contracts.ts";
import { isNotFound } from "./not_found.ts";
import type { SyncTask } from "./sync_scheduler.ts";

/** A name of a file, by which its bytes are synced. */
interface NameOfBytes {
  readonly path: string;
  /** The bytes are on the disk, or the name is gone; or with an error, they are lost. */
  readonly ended: (error?: unknown) => void;
}

/**
 * The bytes of a file that was stored without an fsync, which the queues that link
 * to it share. Each name is synced, as somebody may have put another file in the place
 * of one of them. They are synced one after the other: when two fsyncs run at once, the
 * system tells only one of them that the bytes are lost. The second costs next to
 * nothing.
 */
export class SharedBytes implements SyncTask {
  readonly #files: FileSystem;
  /** The names that are not synced. */
  readonly #names = new Set<NameOfBytes>();
  #failure: { readonly error: unknown } | undefined;
  #state: "unsynced" | "synced" | "found";
  #running: Promise<boolean> | undefined;

  /** @param state `found` were written by an earlier process, which may have synced them */
  constructor(files: FileSystem, state: "unsynced" | "synced" | "found") {
    this.#files = files;
    this.#state = state;
  }

  get isSynced(): boolean {
    return this.#state === "synced";
  }

  get isUnsynced(): boolean {
    return this.#state === "unsynced";
  }

  /** An fsync has failed: another one may succeed without the bytes being there. */
  get isLost(): boolean {
    return this.#failure !== undefined;
  }

  /** Nobody waits for them to be synced. */
  get isForgotten(): boolean {
    return this.#names.size === 0;
  }

  hold(name: NameOfBytes): void {
    this.#names.add(name);
  }

  release(name: NameOfBytes): void {
    this.#names.delete(name);
  }

  run(): Promise<boolean> {
    this.#running ??= this.#syncAll().finally(() => this.#running = undefined);
    return this.#running;
  }

  async #syncAll(): Promise<boolean> {
    for (const name of this.#names) {
      if (this.#failure === undefined) await this.#sync(name.path);
      // It may have been released meanwhile.
      if (!this.#names.delete(name)) continue;
      name.ended(this.#failure?.error);
    }
    return this.#failure === undefined;
  }

  async #sync(path: string): Promise<void> {
    try {
      await this.#files.sync(path);
      this.#state = "synced";
    } catch (error) {
      // It was sent and deleted meanwhile.
      if (isNotFound(error)) return;
      this.#state = "unsynced";
      this.#failure = { error };
    }
  }
}
