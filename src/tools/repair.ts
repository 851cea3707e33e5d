import type { BatchId, FileSystem } from "../contracts.ts";
import { committedId } from "../filequeue/file_name.ts";
import { QueueDirectory } from "../filequeue/directory.ts";
import { makeDirectories } from "../filequeue/intake.ts";
import { isNotFound } from "../filequeue/not_found.ts";
import { RejectedDirectory } from "../filequeue/rejected_directory.ts";
import { ID_MAX } from "../filequeue/recovery.ts";
import { rejectedId } from "../filequeue/rejected_file.ts";
import { ReservedIds } from "../filequeue/reserved_ids.ts";
import { silentLogger } from "../logger.ts";
import { BatchFileReader, isFaultOfFile } from "./batch_file.ts";
import { batchPath, type EndpointListing, listQueue } from "./queue_listing.ts";
import { withDataPath } from "./owned.ts";
import type { ToolPlatform } from "./tool_platform.ts";
import { parentOf } from "./paths.ts";
import { verifyListings } from "./verify.ts";

/** One thing that was done, or would be. */
export interface RepairStep {
  readonly endpoint: string;
  readonly path: string;
  /**
   * - `set_aside`: a damaged file, to `quarantine/`, with the reason beside it
   * - `removed`: what a crash in the middle of a write has left; nothing acknowledged is in it
   * - `restored`: a file in `quarantine/` that can be read whole, back to where it is sent
   * - `noted`: the reason beside a file in `quarantine/` was missing
   * - `reserved`: the file that says which ids were used, without which one could be used twice
   */
  readonly did: "set_aside" | "removed" | "restored" | "noted" | "reserved";
  readonly why: string;
}

/** How a queue is repaired. */
export interface RepairOptions {
  /** Nothing is changed, and no lock taken. */
  readonly isDryRun: boolean;
  /** Files in `quarantine/` that can be read whole are sent after all. */
  readonly restores: boolean;
}

/**
 * Saves what can be saved of a queue at rest.
 *
 * @param onStep told of each step, before it is done
 * @throws {WalqError} `LOCKED` beside a running owner; `INVALID_OPTIONS` where there is no queue.
 */
export async function repairQueue(
  dataPath: string,
  options: RepairOptions,
  onStep: (step: RepairStep) => Promise<void>,
  tools: ToolPlatform,
): Promise<void> {
  const repair = async (): Promise<void> => {
    for (const listing of await listQueue(tools.platform.files, dataPath)) {
      await new Repair(listing, options, onStep, tools).run();
    }
  };
  if (options.isDryRun) await repair();
  else await withDataPath(dataPath, "repair", tools.platform, repair);
}

/** The repair of one endpoint. */
class Repair {
  readonly #listing: EndpointListing;
  readonly #options: RepairOptions;
  readonly #onStep: (step: RepairStep) => Promise<void>;
  readonly #tools: ToolPlatform;
  readonly #directory: QueueDirectory;

  constructor(
    listing: EndpointListing,
    options: RepairOptions,
    onStep: (step: RepairStep) => Promise<void>,
    tools: ToolPlatform,
  ) {
    this.#listing = listing;
    this.#options = options;
    this.#onStep = onStep;
    this.#tools = tools;
    const { files, random } = tools.platform;
    this.#directory = new QueueDirectory(files, listing.directory, random);
  }

  async run(): Promise<void> {
    await this.#removeTemporary();
    await this.#setDamagedAside();
    await this.#lookAtQuarantine();
    await this.#reserveIds();
  }

  async #removeTemporary(): Promise<void> {
    const { files } = this.#tools.platform;
    for (const name of this.#listing.temporary) {
      const path = `${this.#directory.wal}/${name}`;
      await this.#step(
        { path, did: "removed", why: "left of a write that was cut short" },
        () => files.remove(path),
      );
    }
    if (this.#listing.temporary.length > 0 && !this.#options.isDryRun) {
      await files.syncDirectory(this.#directory.wal);
    }
  }

  async #setDamagedAside(): Promise<void> {
    const { platform: { files, random } } = this.#tools;
    const rejected = new RejectedDirectory({
      directory: this.#listing.directory,
      files,
      random,
      logger: silentLogger,
      isOwner: () => Promise.resolve(true),
    });
    await verifyListings([this.#listing], async ({ path, what }) => {
      const name = path.slice(path.lastIndexOf("/") + 1);
      const id = committedId(name);
      await this.#step({ path, did: "set_aside", why: what }, async () => {
        if (id !== undefined && path === batchPath(this.#listing, "wal", id)) {
          await makeDirectories(files, this.#directory);
          await this.#directory.setAside(id, what);
        } else if (rejectedId(name) !== undefined) {
          await rejected.setAside(rejectedId(name)!, what);
        } else await setDeliveredAside(path, what, this.#listing, this.#tools);
      });
    }, this.#tools);
  }

  async #lookAtQuarantine(): Promise<void> {
    const { platform: { files, decompressZstd }, kernel } = this.#tools;
    const reader = new BatchFileReader({ files, kernel, decompressZstd });
    for (const id of this.#listing.ids.quarantine) {
      const path = batchPath(this.#listing, "quarantine", id);
      let fault: string | undefined;
      try {
        await reader.view(path);
      } catch (error) {
        if (!isFaultOfFile(error)) throw error;
        fault = error.message;
      }
      if (fault === undefined && this.#options.restores) await this.#restore(id, path);
      else if (fault !== undefined) await this.#note(path, fault);
    }
  }

  /** Its id is its place in the order. Where another file has it by now this one stays, unless it is the same. */
  async #restore(id: BatchId, path: string): Promise<void> {
    const { files } = this.#tools.platform;
    if (this.#listing.ids.wal.includes(id) && !await this.#isInWal(id, path)) return;
    await this.#step({ path, did: "restored", why: "it can be read whole" }, async () => {
      await moveDurably(files, path, batchPath(this.#listing, "wal", id));
      await files.remove(`${path}.reason`).catch(() => {});
    });
  }

  /** As a crash in the middle of a restore leaves it. */
  async #isInWal(id: BatchId, path: string): Promise<boolean> {
    const { files } = this.#tools.platform;
    const [here, there] = [
      await files.read(path),
      await files.read(batchPath(this.#listing, "wal", id)),
    ];
    return here.length === there.length && here.every((byte, at) => byte === there[at]);
  }

  async #note(path: string, fault: string): Promise<void> {
    const { files } = this.#tools.platform;
    const note = `${path}.reason`;
    try {
      await files.readHead(note, 0);
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    await this.#step(
      { path: note, did: "noted", why: fault },
      () => files.writeAndSync(note, [new TextEncoder().encode(`${fault}\n`)]),
    );
  }

  /** Without it an id that a file in quarantine has, or one that was delivered, could come again. */
  async #reserveIds(): Promise<void> {
    const { files } = this.#tools.platform;
    const { ids, delivered, directory } = this.#listing;
    const used = [ids.wal, ids.quarantine, delivered.map(({ id }) => id)];
    // Beyond that it is somebody else's file, after which there would be no ids left.
    const last = Math.max(0, ...used.map((all) => all.findLast((id) => id <= ID_MAX) ?? 0));
    const reserved = await ReservedIds.open(files, directory);
    if (last <= reserved.last) return;
    const why = `got ids up to ${last}, and ${reserved.last} as the last one that was reserved`;
    await this.#step({ path: directory, did: "reserved", why }, () => reserved.cover(last));
  }

  async #step(step: Omit<RepairStep, "endpoint">, work: () => Promise<void>): Promise<void> {
    await this.#onStep({ endpoint: this.#listing.name, ...step });
    if (!this.#options.isDryRun) await work();
  }
}

/** A crash may leave a file in both places, and never in none. */
async function moveDurably(files: FileSystem, from: string, to: string): Promise<void> {
  await files.rename(from, to);
  await files.syncDirectory(parentOf(to));
  // A rename between two names of one file, which a crash can leave, removes none (POSIX).
  await files.remove(from).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await files.syncDirectory(parentOf(from));
}

/** A copy of what was delivered: nothing waits for it, and nobody looks for it under its id. */
async function setDeliveredAside(
  path: string,
  what: string,
  { directory }: EndpointListing,
  { platform: { files } }: ToolPlatform,
): Promise<void> {
  const quarantine = `${directory}/quarantine`;
  await files.makeDirectory(quarantine);
  const to = `${quarantine}/delivered.${path.slice(path.lastIndexOf("/") + 1)}`;
  await moveDurably(files, path, to);
  await files.remove(`${to}.reason`).catch(() => {});
  await files.writeAndSync(`${to}.reason`, [new TextEncoder().encode(`${what}\n`)]);
  await files.syncDirectory(quarantine);
}
