import type { CancelTimer, Logger, Platform } from "./contracts.ts";
import { FileSystemError, messageOf, WalqError } from "./errors.ts";
import { layBallast } from "./filequeue/ballast.ts";
import { makeDurableDirectory } from "./filequeue/durable_directory.ts";
import { type DataPathLock, lockDataPath } from "./filequeue/lock.ts";
import { LockWatch } from "./filequeue/lock_watch.ts";
import { Sequence } from "./filequeue/sequence.ts";
import { SyncScheduler } from "./filequeue/sync_scheduler.ts";

const BALLAST_RETRY_MS = 60_000;

/** The directory that a queue owns, and the room in it that a start on a full disk needs. */
export class DataPath {
  readonly path: string;
  /** Schedules fsyncs on its disk. */
  readonly syncScheduler: SyncScheduler;
  readonly sequence: Sequence = new Sequence();
  readonly #platform: Platform;
  readonly #logger: Logger;
  readonly #lock: DataPathLock;
  #ballast: Promise<void> | undefined;
  #cancelBallast: CancelTimer | undefined;
  #watch: LockWatch | undefined;
  #isClosed = false;

  private constructor(path: string, lock: DataPathLock, platform: Platform, logger: Logger) {
    this.path = path;
    this.#lock = lock;
    this.syncScheduler = new SyncScheduler(platform.clock);
    this.#platform = platform;
    this.#logger = logger;
  }

  /** @throws {WalqError} `LOCKED`, or `STORAGE` when the directory cannot be made or written. */
  static async open(path: string, platform: Platform, logger: Logger): Promise<DataPath> {
    try {
      await makeDurableDirectory(platform.files, path);
      return new DataPath(path, await lockDataPath(path, platform), platform, logger);
    } catch (error) {
      throw storageError(path, error);
    }
  }

  /** Whether the directory is there, and this process owns it. */
  isHeld(): Promise<boolean> {
    return this.#lock.isHeld();
  }

  /** Why this process must not use the directory any more; undefined while it may. */
  get lost(): string | undefined {
    return this.#watch?.lost;
  }

  /** Tells when the directory is lost to this process, and when it is its own again. */
  watch(onChange: (isLost: boolean) => void): void {
    const { clock } = this.#platform;
    const lock = this.#lock;
    const isThere = (): Promise<boolean> => this.#isThere();
    const dependencies = {
      lock,
      dataPath: this.path,
      clock,
      logger: this.#logger,
      isThere,
      onChange,
    };
    this.#watch = new LockWatch(dependencies);
  }

  /** @throws {WalqError} `STORAGE` when it is known that this process has lost the directory. */
  refuseIfLost(): void {
    if (this.lost !== undefined) throw new WalqError("STORAGE", this.lost);
  }

  /** What is stored while the disk is gone is out of sight when it is back. */
  async refuseIfGone(): Promise<void> {
    if (await this.isHeld()) return;
    throw new Error("the lock of the data path is gone, or cannot be read");
  }

  /** Sets the room aside, now or as soon as there is some. */
  keepBallast(): void {
    this.#ballast = this.#layBallast();
  }

  /** Leaves room for the next start, and gives the directory up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelBallast?.();
    await this.#ballast;
    // The disk may have been full until now.
    await this.#layBallast();
    await this.release();
  }

  /** A lock that cannot be removed is no reason to fail: this process knows it as given up. */
  async release(): Promise<void> {
    await this.#watch?.stop();
    try {
      await this.#lock.release();
    } catch (error) {
      const fields = { error: messageOf(error) };
      this.#logger.warn("cannot remove the lock of the data path", fields);
    }
  }

  async #isThere(): Promise<boolean> {
    try {
      await this.#platform.files.visit(this.path, () => {});
      return true;
    } catch (error) {
      return !(error instanceof FileSystemError && error.code === "not_found");
    }
  }

  /** A disk that is full now may be full again at the next start, whatever was between. */
  async #layBallast(): Promise<void> {
    // Without the lock the disk is gone, and this is the directory on which it was.
    const isLaid = await this.isHeld() && await layBallast(this.#platform.files, this.path);
    if (isLaid || this.#isClosed) return;
    this.#cancelBallast = this.#platform.clock.after(BALLAST_RETRY_MS, () => this.keepBallast());
  }
}

const ADVICE_NOT_PERMITTED = "give the directory, with all that is in it, to the user that this " +
  "process runs as (chown -R), run it as the owner, or give it another data path";

/** What keeps a data path from being used, as the public API tells it. */
export function storageError(dataPath: string, error: unknown): WalqError {
  if (error instanceof WalqError) return error;
  const isNotPermitted = error instanceof FileSystemError && error.code === "not_permitted";
  const advice = isNotPermitted ? `; ${ADVICE_NOT_PERMITTED}` : "";
  const message = `Cannot open data path "${dataPath}": ${messageOf(error)}${advice}`;
  return new WalqError("STORAGE", message, { cause: error });
}
