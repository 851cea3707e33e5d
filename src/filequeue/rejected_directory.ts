import type { FileSystem, Logger, Random } from "../contracts.ts";
import { FileSystemError, messageOf, WalqError } from "../errors.ts";
import { makeDurableDirectory } from "./durable_directory.ts";
import { isGone, isNotFound } from "./not_found.ts";
import { isRejectedDraft, rejectedDraftName, rejectedId, rejectedName } from "./rejected_file.ts";

/** Other processes' drafts have other numbers. */
const DRAFTS_FROM_MAX = 9 * 10 ** 14;

/** What a {@link RejectedDirectory} works with. */
interface RejectedDirectoryOptions {
  /** `<data_path>/<endpoint>`. */
  readonly directory: string;
  readonly files: FileSystem;
  readonly random: Random;
  readonly logger: Logger;
  /** See {@link FileQueueOptions.isOwner}. */
  readonly isOwner: () => Promise<boolean>;
}

/** The files in `rejected/`. The directory is made when the first request is refused. */
export class RejectedDirectory {
  readonly #options: RejectedDirectoryOptions;
  readonly #path: string;
  #drafts: number;
  #isMade = false;

  constructor(options: RejectedDirectoryOptions) {
    this.#options = options;
    this.#path = `${options.directory}/rejected`;
    this.#drafts = Math.floor(options.random() * DRAFTS_FROM_MAX);
  }

  pathOf(id: string): string {
    return `${this.#path}/${rejectedName(id)}`;
  }

  /** The ids of all files, in no particular order; removes what a crash in the middle of a write has left. */
  async list(): Promise<string[]> {
    const { files, logger } = this.#options;
    const ids: string[] = [];
    const drafts: string[] = [];
    let foreign = 0;
    try {
      await files.visit(this.#path, ({ name }) => {
        const id = rejectedId(name);
        if (id !== undefined) ids.push(id);
        else if (isRejectedDraft(name)) drafts.push(name);
        else foreign++;
      });
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
    if (foreign > 0) {
      logger.warn("not rejected requests; left alone", { path: this.#path, files: foreign });
    }
    for (const name of drafts) await this.#discard(`${this.#path}/${name}`);
    return ids;
  }

  /**
   * Resolves when the file is durable, in the place of one of that name.
   *
   * @param onNamed told when it has its name, also where that is not known to be durable
   */
  async write(id: string, parts: readonly Uint8Array[], onNamed: () => void): Promise<void> {
    const { files } = this.#options;
    if (!this.#isMade) await this.#make();
    const draft = `${this.#path}/${rejectedDraftName(++this.#drafts)}`;
    try {
      await this.#writeDraft(draft, parts);
      await files.rename(draft, this.pathOf(id));
    } catch (error) {
      await this.#discard(draft);
      throw error;
    }
    onNamed();
    await files.syncDirectory(this.#path);
  }

  /** One that somebody else has removed is fine. */
  async remove(id: string): Promise<void> {
    try {
      await this.#options.files.remove(this.pathOf(id));
    } catch (error) {
      if (!await isGone(error, this.#options.isOwner)) throw error;
    }
  }

  /** What was removed stays removed, also over a power cut; where the disk refuses, that may bring it back. */
  async sync(): Promise<void> {
    try {
      await this.#options.files.syncDirectory(this.#path);
    } catch (error) {
      this.#options.logger.warn("cannot sync deletions", { error: messageOf(error) });
    }
  }

  /** Moves a damaged file to `quarantine/`. */
  async setAside(id: string, reason: string): Promise<void> {
    const { files, directory, logger } = this.#options;
    const quarantine = `${directory}/quarantine`;
    try {
      await makeDurableDirectory(files, quarantine);
      await files.rename(this.pathOf(id), `${quarantine}/${rejectedName(id)}`);
      const note = `${quarantine}/${rejectedName(id)}.reason`;
      await this.#discard(note);
      await files.writeAndSync(note, [new TextEncoder().encode(`${reason}\n`)]);
      await files.syncDirectory(quarantine);
    } catch (error) {
      // It stays where it is and is found again at the next start.
      const fields = { path: this.pathOf(id), error: messageOf(error) };
      logger.error("cannot move a damaged file to quarantine", fields);
    }
  }

  async #writeDraft(draft: string, parts: readonly Uint8Array[]): Promise<void> {
    const { files, isOwner } = this.#options;
    try {
      await files.writeAndSync(draft, parts);
    } catch (error) {
      if (!await isGone(error, isOwner)) throw error;
      // Somebody removed the directory.
      await this.#make();
      await files.writeAndSync(draft, parts);
    }
  }

  /** Where the disk is gone, a directory of its name would be made on another one. */
  async #make(): Promise<void> {
    const { files, isOwner } = this.#options;
    if (!await isOwner()) throw new WalqError("STORAGE", "the data path is gone, or another's");
    await makeDurableDirectory(files, this.#path);
    this.#isMade = true;
  }

  async #discard(path: string): Promise<void> {
    try {
      await this.#options.files.remove(path);
    } catch (error) {
      // It is in nobody's way, and the next start removes it.
      if (!(error instanceof FileSystemError)) throw error;
    }
  }
}
