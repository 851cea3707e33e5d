import type { BatchId, FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { makeDurableDirectory } from "../filequeue/durable_directory.ts";
import { committedName } from "../filequeue/file_name.ts";
import { ID_MAX } from "../filequeue/recovery.ts";
import { ReservedIds } from "../filequeue/reserved_ids.ts";
import { removeIfThere } from "./export_sink.ts";
import { ImportLog } from "./import_log.ts";
import { importingId, importingName, listQueue } from "./queue_listing.ts";

/** So many batches, or bytes, become part of the queue at once: each time costs some fsyncs. */
const GROUP_BATCHES = 64;
const GROUP_BYTES = 16 * 1024 * 1024;

/** A batch to be imported. */
export interface IncomingBatch {
  readonly sha: string;
  /** Where it came from, without blanks. */
  readonly source: string;
  readonly parts: readonly Uint8Array[];
}

/** Gives out ids that no file of a data path has, or had. */
export class ImportIds {
  #last: BatchId;

  private constructor(last: BatchId) {
    this.#last = last;
  }

  /** All endpoints of a data path have one sequence. The lock must be held. */
  static async open(files: FileSystem, dataPath: string): Promise<ImportIds> {
    let last = 0;
    for (const { directory, ids, delivered, importing } of await listQueue(files, dataPath)) {
      const reserved = await ReservedIds.open(files, directory);
      const importingIds = importing.map((name) => importingId(name)!).sort((a, b) => a - b);
      const deliveredIds = delivered.map(({ id }) => id);
      for (const all of [ids.wal, ids.quarantine, deliveredIds, importingIds]) {
        const highest = all.findLast((id) => id <= ID_MAX) ?? 0;
        last = Math.max(last, highest);
      }
      last = Math.max(last, reserved.last);
    }
    return new ImportIds(last);
  }

  next(): BatchId {
    return ++this.#last;
  }
}

/**
 * Puts batches into the queue of one endpoint, at rest, each once, whatever happens in between:
 *
 *     1. wal/<id>.importing      written and fsynced, and its directory
 *     2. imported.log            its line, fsynced: from here on it counts as imported
 *     3. wal/<id>.committed      by a rename in one directory, fsynced
 *
 * What has no line when an import begins is removed, and imported anew. What has one, and is
 * still called `.importing`, gets its name. What has one, and is not, has had its name: it may
 * have been delivered since.
 */
export class ImportIntake {
  readonly #files: FileSystem;
  readonly #directory: string;
  readonly #ids: ImportIds;
  readonly #log: ImportLog;
  readonly #reserved: ReservedIds;
  #group: { readonly sha: string; readonly source: string; readonly id: BatchId }[] = [];
  #groupBytes = 0;

  private constructor(
    of: {
      readonly files: FileSystem;
      readonly directory: string;
      readonly ids: ImportIds;
      readonly log: ImportLog;
      readonly reserved: ReservedIds;
    },
  ) {
    this.#files = of.files;
    this.#directory = of.directory;
    this.#ids = of.ids;
    this.#log = of.log;
    this.#reserved = of.reserved;
  }

  /** Opens the directory of an endpoint, made when it is missing, and ends what was begun there. */
  static async open(
    files: FileSystem,
    dataPath: string,
    endpoint: string,
    ids: ImportIds,
  ): Promise<ImportIntake> {
    const directory = `${dataPath}/${endpoint}`;
    for (const part of ["wal", "quarantine"]) {
      await makeDurableDirectory(files, `${directory}/${part}`);
    }
    const log = await ImportLog.open(files, directory);
    const reserved = await ReservedIds.open(files, directory);
    const intake = new ImportIntake({ files, directory, ids, log, reserved });
    await intake.#endWhatWasBegun();
    return intake;
  }

  /** Whether it was imported before. */
  has(batch: Pick<IncomingBatch, "sha" | "source">): boolean {
    const isSame = (one: Pick<IncomingBatch, "sha" | "source">): boolean =>
      one.sha === batch.sha && one.source === batch.source;
    return this.#group.some(isSame) || this.#log.has(batch);
  }

  /** False when it was imported before. */
  async add(batch: IncomingBatch): Promise<boolean> {
    if (this.has(batch)) return false;
    const id = this.#ids.next();
    if (id > ID_MAX) throw new WalqError("STORAGE", `Cannot import: ids have reached ${ID_MAX}`);
    await this.#reserved.cover(id);
    await this.#files.writeAndSync(this.#at(importingName(id)), batch.parts);
    this.#group.push({ sha: batch.sha, source: batch.source, id });
    this.#groupBytes += batch.parts.reduce((sum, { length }) => sum + length, 0);
    if (this.#group.length >= GROUP_BATCHES || this.#groupBytes >= GROUP_BYTES) await this.flush();
    return true;
  }

  /** What was added is a part of the queue, durably. */
  async flush(): Promise<void> {
    const group = this.#group;
    if (group.length === 0) return;
    await this.#files.syncDirectory(this.#wal);
    await this.#log.add(group);
    this.#group = [];
    this.#groupBytes = 0;
    for (const { id } of group) await this.#commit(id);
    await this.#files.syncDirectory(this.#wal);
  }

  async #endWhatWasBegun(): Promise<void> {
    const recorded = this.#log.ids();
    const left: BatchId[] = [];
    await this.#files.visit(this.#wal, ({ name }) => {
      const id = importingId(name);
      if (id !== undefined) left.push(id);
    });
    if (left.length === 0) return;
    for (const id of left) {
      if (recorded.has(id)) await this.#commit(id);
      else await removeIfThere(this.#files, this.#at(importingName(id)));
    }
    await this.#files.syncDirectory(this.#wal);
  }

  async #commit(id: BatchId): Promise<void> {
    await this.#files.rename(this.#at(importingName(id)), this.#at(committedName(id)));
  }

  get #wal(): string {
    return `${this.#directory}/wal`;
  }

  #at(name: string): string {
    return `${this.#wal}/${name}`;
  }
}
