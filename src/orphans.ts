import type { FileSystem, Logger } from "./contracts.ts";
import { messageOf, WalqError } from "./errors.ts";
import { findOrphans, forgetKept, forgetOrphan, type Orphan } from "./filequeue/orphans.ts";
import { STREAM_MARK } from "./stream_mark.ts";
import type { Sequence } from "./filequeue/sequence.ts";
import type { ResolvedEndpoint, ResolvedOptions } from "./options.ts";

/** Which directory a pipeline sends, and with which options. */
interface PipelineSpec {
  readonly options: ResolvedEndpoint;
  /** False for an orphan, which only sends what it has. */
  readonly acceptsBatches: boolean;
}

/** The endpoints, and the orphans that are to be sent to one of them. */
export function pipelineSpecs(
  { endpoints, drainOrphans }: ResolvedOptions,
  orphans: readonly Orphan[],
): PipelineSpec[] {
  const specs = endpoints.map((options) => ({ options, acceptsBatches: true }));
  for (const { name } of orphans) {
    if (!Object.hasOwn(drainOrphans, name)) continue;
    const target = endpoints.find((endpoint) => endpoint.name === drainOrphans[name]);
    if (target !== undefined) specs.push({ options: { ...target, name }, acceptsBatches: false });
  }
  return specs;
}

/**
 * For a queue that is not in files: what an earlier one has left in the data path nobody would
 * send.
 *
 * @throws {WalqError} `INVALID_OPTIONS` when there is something.
 */
export async function refuseFiles(files: FileSystem, dataPath: string): Promise<void> {
  const [found] = await findOrphans(files, dataPath, new Set());
  if (found === undefined) return;
  throw new WalqError(
    "INVALID_OPTIONS",
    `Cannot open a queue that is in a stream: got ${found.batches} batches in files below ` +
      `"${dataPath}/${found.name}", which nobody would send, expected none: send them by the ` +
      "options of before, or put them away by `walq export`",
  );
}

const UNSENT = "no endpoint has this name: its batches are not sent";

/**
 * Directories that endpoints of earlier options have left: reported until they
 * are drained or forgotten, since batches of a name that is gone would wait for
 * ever unseen.
 */
export class Orphans {
  readonly #files: FileSystem;
  readonly #logger: Logger;
  readonly #sequence: Sequence;
  #found: readonly Orphan[] = [];
  #isSure = false;
  #forgottenSignals = 0;

  /** @param sequence what is found was accepted before all that is to come */
  constructor(files: FileSystem, logger: Logger, sequence: Sequence) {
    this.#files = files;
    this.#logger = logger;
    this.#sequence = sequence;
  }

  /** Signals that were deleted because their owner said so. */
  get forgottenSignals(): number {
    return this.#forgottenSignals;
  }

  get found(): readonly Orphan[] {
    return this.#found;
  }

  /** False after a look that failed: there may be more of them. */
  get isSure(): boolean {
    return this.#isSure;
  }

  /** Looks for orphans and deletes those that are to be forgotten. */
  async look(resolved: ResolvedOptions): Promise<void> {
    const { dataPath, endpoints, drainOrphans, forgetOrphans } = resolved;
    const names = new Set(endpoints.map(({ name }) => name));
    const left: Orphan[] = [];
    const found = new Set<string>();
    const isDrained = (name: string): boolean => Object.hasOwn(drainOrphans, name);
    let isMarked = false;
    const onName = (name: string): void => void (isMarked ||= name === STREAM_MARK);
    const orphans = await findOrphans(this.#files, dataPath, names, isDrained, onName);
    if (isMarked && resolved.store === undefined) {
      // From now on batches are here.
      await this.#files.remove(`${dataPath}/${STREAM_MARK}`).catch(() => {});
    }
    for (const orphan of orphans) {
      const { name, lastId } = orphan;
      let { batches } = orphan;
      this.#sequence.pass(lastId);
      if (forgetOrphans.includes(name)) {
        const forgotten = await forgetOrphan(this.#files, dataPath, name, this.#logger);
        this.#forgottenSignals += forgotten.signals;
        batches = forgotten.batchesLeft;
      }
      found.add(name);
      if (batches > 0) left.push({ name, batches, lastId });
    }
    for (const name of forgetOrphans) {
      if (!names.has(name)) await forgetKept(this.#files, dataPath, name, this.#logger);
    }
    this.#found = left;
    this.#isSure = true;
    // Missing is right once it was forgotten, and perhaps a mistake in the name before.
    for (const name of [...Object.keys(drainOrphans), ...forgetOrphans]) {
      if (found.has(name)) continue;
      this.#logger.info("no orphaned batches of this name are there", { endpoint: name });
    }
    for (const { name, batches } of left) {
      const path = `${dataPath}/${name}`;
      const to = isDrained(name) ? drainOrphans[name] : undefined;
      if (to !== undefined) this.#logger.info("orphaned batches are sent", { path, batches, to });
      else this.#logger.warn(UNSENT, { path, batches });
    }
  }

  /**
   * The same for a queue that is at work, which goes on where that fails: who called
   * has to look again. Where the disk is gone, an empty directory says nothing.
   */
  async lookAgain(resolved: ResolvedOptions, refuseIfGone: () => Promise<void>): Promise<void> {
    try {
      await refuseIfGone();
      await this.look(resolved);
    } catch (error) {
      this.#isSure = false;
      this.#logger.warn("cannot look for orphaned batches", { error: messageOf(error) });
      // An orphan found earlier may have become an endpoint.
      this.#found = this.#found.filter(({ name }) =>
        !resolved.endpoints.some((endpoint) => endpoint.name === name)
      );
    }
  }

  /** The orphan has been sent. */
  sent(name: string): void {
    this.#found = this.#found.filter((orphan) => orphan.name !== name);
    this.#logger.info("an orphan is drained", { endpoint: name });
  }
}
