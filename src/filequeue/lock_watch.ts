import type { CancelTimer, Clock, Logger } from "../contracts.ts";
import { type DataPathLock, type LockState, nameOf } from "./lock.ts";

const LOOK_MS = 1000;

/** What a {@link LockWatch} works with. */
interface LockWatchDependencies {
  readonly lock: DataPathLock;
  readonly dataPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the directory itself is there. */
  readonly isThere: () => Promise<boolean>;
  /** Told when the data path is lost, and when it is not lost any more. */
  readonly onChange: (isLost: boolean) => void;
}

/**
 * Looks every second whether the lock is there. One that somebody has removed is put
 * back. Where that is not safe, or another process has the lock, the data path is
 * lost: this process would store and send what another one stores and sends.
 */
export class LockWatch {
  readonly #dependencies: LockWatchDependencies;
  #lost: string | undefined;
  /** The lock of another that was seen last. One that was seen twice has owned the data path. */
  #others: string | undefined;
  #wasOwned = false;
  #cancelTimer: CancelTimer | undefined;
  #looking: Promise<void> | undefined;
  #isStopped = false;

  constructor(dependencies: LockWatchDependencies) {
    this.#dependencies = dependencies;
    this.#later();
  }

  /** Why nothing is stored or sent; undefined while the data path is this process's. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Resolves when it looks no more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    await this.#looking;
  }

  #later(): void {
    if (this.#isStopped) return;
    const look = (): void => {
      this.#looking = this.#look().finally(() => this.#later());
    };
    this.#cancelTimer = this.#dependencies.clock.after(LOOK_MS, look, true);
  }

  async #look(): Promise<void> {
    const state = await this.#dependencies.lock.look();
    switch (state.is) {
      case "unclear":
        // A disk that refuses to be read says so wherever it is used.
        return;
      case "held":
        this.#others = undefined;
        this.#wasOwned = false;
        return this.#isOurs();
      case "taken":
        return this.#isTaken(state);
      case "gone":
        return await this.#isGone();
    }
  }

  async #isGone(): Promise<void> {
    const { lock, dataPath, logger, isThere } = this.#dependencies;
    // This process does not know what another owner has done to the files.
    if (!this.#wasOwned && await lock.putBack()) {
      logger.warn("somebody removed or replaced the lock of the data path; it is put back", {
        path: dataPath,
      });
      return this.#isOurs();
    }
    const what = await isThere()
      ? `the lock of the data path "${dataPath}" is gone`
      : `the data path "${dataPath}" is gone`;
    this.#isLost(
      `${what}: somebody removed it, or the disk that it is on is not there. Nothing is taken ` +
        "or sent until the disk is back; if it is not the disk, restart this process",
    );
  }

  #isTaken({ by, text }: LockState & { readonly is: "taken" }): void {
    // A process that finds this one alive gives the lock back at once.
    this.#wasOwned ||= this.#others === text;
    this.#others = text;
    this.#isLost(
      `${
        nameOf(by)
      } has taken the data path "${this.#dependencies.dataPath}", whose lock somebody had ` +
        "removed. Nothing is taken or sent here any more: stop one of the two processes, and " +
        "restart the other one",
    );
  }

  #isLost(why: string): void {
    const wasLost = this.#lost !== undefined;
    if (this.#lost !== why) {
      this.#dependencies.logger.error("the data path is lost", { reason: why });
    }
    this.#lost = why;
    if (!wasLost) this.#dependencies.onChange(true);
  }

  #isOurs(): void {
    if (this.#lost === undefined) return;
    this.#lost = undefined;
    this.#dependencies.logger.info("the data path is this process's again");
    this.#dependencies.onChange(false);
  }
}
