import type { BatchId, FileSystem, StorableBatch, StoreRules } from "../contracts.ts";
import { metaOf } from "../formats/meta.ts";
import type { Draft, QueueDirectory } from "./directory.ts";
import { makeDurableDirectory } from "./durable_directory.ts";
import { isGone } from "./not_found.ts";
import { encodeRecord } from "../store/record.ts";
import { ReservedIds } from "./reserved_ids.ts";
import { SharedBytes } from "./shared_bytes.ts";
import type { SyncLater } from "./sync_later.ts";
import type { SyncScheduler } from "./sync_scheduler.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";

/** What an {@link Intake} works with. */
interface IntakeDependencies extends DirectoryDependencies {
  /** `<data_path>/<endpoint>`. */
  readonly root: string;
  readonly syncLater: SyncLater;
  readonly syncScheduler: SyncScheduler;
  readonly rules: () => StoreRules;
  /** Sees to it that so many bytes more are within the limit on the disk, or throws. */
  readonly makeRoom: (bytes: number, mayDrop: boolean) => Promise<void>;
}

/** A draft that was written ahead: it goes into the queue, or is discarded. */
export class StagedDraft {
  #draft: Draft | undefined;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Hands it out, once. */
  take(): Draft | undefined {
    const draft = this.#draft;
    this.#draft = undefined;
    return draft;
  }
}

/** A file that other queues may link to. */
interface Shared {
  readonly path: string;
  readonly sync: SharedBytes;
}

/** The file that a batch on its way was written to, whichever queue did. */
const WRITTEN = new WeakMap<StorableBatch, Shared>();

/** Turns batches into files of a queue: by a link to what another queue has written, or by a file of its own. */
export class Intake {
  readonly #dependencies: IntakeDependencies;
  #ids: ReservedIds;

  private constructor(dependencies: IntakeDependencies, ids: ReservedIds) {
    this.#dependencies = dependencies;
    this.#ids = ids;
  }

  static async open(dependencies: IntakeDependencies): Promise<Intake> {
    return new Intake(dependencies, await ReservedIds.open(dependencies.files, dependencies.root));
  }

  /** Every id up to this one may have been used. */
  get lastId(): BatchId {
    return this.#ids.last;
  }

  async stage(storable: StorableBatch): Promise<StagedDraft> {
    return new StagedDraft(await this.#draft(storable));
  }

  async discard(staged: StagedDraft): Promise<void> {
    const draft = staged.take();
    if (draft !== undefined) await this.#dependencies.directory.discard(draft);
  }

  /** Gives the batch its name in the queue, as the rules say. Returns the bytes of its file. */
  async enter(id: BatchId, storable: StorableBatch, staged?: StagedDraft): Promise<number> {
    if (id > this.#ids.last) await this.#inDirectory(() => this.#cover(id));
    await this.#inDirectory(() => this.#untilRoom());
    const linked = await this.#link(id, storable);
    const { bytes, sync } = linked ?? await this.#commit(id, storable, staged);
    const { sync: level, syncIntervalMs } = this.#dependencies.rules();
    // The level may have changed since the file was written.
    const isUnsynced = level === "commit" && !sync.isSynced;
    if (level === "interval" || isUnsynced) {
      this.#dependencies.syncLater.add(id, sync, syncIntervalMs);
    }
    return bytes;
  }

  /** The first batch of a process comes here: it tells how long this disk takes for an fsync. */
  #cover(id: BatchId): Promise<void> {
    return this.#dependencies.syncScheduler.measure(() => this.#ids.cover(id));
  }

  /** With `interval` nothing is acknowledged that would not be synced in time. */
  async #untilRoom(): Promise<void> {
    const { syncLater, rules } = this.#dependencies;
    const { sync, syncIntervalMs } = rules();
    if (sync === "interval") await syncLater.room(syncIntervalMs);
    else await syncLater.admit();
  }

  /** Undefined where there is nothing to link to. */
  async #link(
    id: BatchId,
    storable: StorableBatch,
  ): Promise<{ bytes: number; sync: SharedBytes } | undefined> {
    const shared = WRITTEN.get(storable);
    if (shared === undefined) return undefined;
    const { directory, makeRoom } = this.#dependencies;
    const isSynced = this.#mustSync(storable);
    if (isSynced && !shared.sync.isSynced) return undefined;
    const parts = recordOf(storable);
    const bytes = bytesOf(parts);
    await makeRoom(bytes, storable.again === undefined);
    if (!await directory.link(id, shared.path, { parts, isSynced })) return undefined;
    return { bytes, sync: shared.sync };
  }

  async #commit(
    id: BatchId,
    storable: StorableBatch,
    staged: StagedDraft | undefined,
  ): Promise<{ bytes: number; sync: SharedBytes }> {
    const { directory } = this.#dependencies;
    const written = await this.#admit(staged?.take()) ?? await this.#draft(storable);
    const draft = await this.#asTheRulesSay(written, storable);
    await directory.commit(id, draft);
    const sync = new SharedBytes(this.#dependencies.files, draft.isSynced ? "synced" : "unsynced");
    WRITTEN.set(storable, { path: directory.pathOf(id), sync });
    return { bytes: draft.bytes, sync };
  }

  /** Batches that were staged with it may have taken the room since. */
  async #admit(draft: Draft | undefined): Promise<Draft | undefined> {
    if (draft === undefined) return undefined;
    try {
      await this.#dependencies.makeRoom(draft.bytes, true);
    } catch (error) {
      await this.#dependencies.directory.discard(draft);
      throw error;
    }
    return draft;
  }

  /** The rules may have changed since it was staged. */
  async #asTheRulesSay(draft: Draft, storable: StorableBatch): Promise<Draft> {
    if (draft.isSynced || !this.#mustSync(storable)) return draft;
    await this.#dependencies.directory.discard(draft);
    return await this.#draft(storable);
  }

  async #draft(storable: StorableBatch): Promise<Draft> {
    const { directory, syncLater, makeRoom } = this.#dependencies;
    const parts = recordOf(storable);
    await this.#inDirectory(() => syncLater.admit());
    await makeRoom(bytesOf(parts), storable.again === undefined);
    const isSynced = this.#mustSync(storable);
    return await this.#inDirectory(() => directory.draft(parts, isSynced));
  }

  #mustSync({ again }: StorableBatch): boolean {
    return again !== undefined || this.#dependencies.rules().sync === "commit";
  }

  /** Does something in the endpoint's directory, which is made anew if somebody removed it. */
  async #inDirectory<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!await isGone(error, this.#dependencies.isOwner)) throw error;
      const { files, directory, root, logger } = this.#dependencies;
      logger.error("the endpoint's directory is gone; it is made anew", { path: root });
      this.#ids.forget();
      await makeDirectories(files, directory);
      return await work();
    }
  }
}

/** Makes the directories of a queue, durably. */
export async function makeDirectories(files: FileSystem, directory: QueueDirectory): Promise<void> {
  await makeDurableDirectory(files, directory.wal);
  await makeDurableDirectory(files, directory.quarantine);
}

function recordOf({ batch, again }: StorableBatch): Uint8Array[] {
  return encodeRecord({ meta: metaOf(batch, again), data: batch.data });
}

function bytesOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
