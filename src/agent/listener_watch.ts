import { LogLimiter } from "../actor/log_limiter.ts";
import type { CancelTimer, Clock, Logger } from "../contracts.ts";
import { messageOf } from "../errors.ts";

/** What came of a connection to the program's own port. */
export type ProbeResult =
  /** Somebody took it. */
  | "open"
  /** Nobody took it. */
  | "shut"
  /** There is no file descriptor left to try it. */
  | "starved";

const LOOK_MS = 5_000;
/** Another process may hold the port for days. */
const FAILED_QUIET = { afterLines: 3, intervalMs: 600_000 };

/** What a {@link ListenerWatch} works with. */
export interface WatchedListener {
  /** Connects to the own port as a client would. Never rejects. */
  probe(): Promise<ProbeResult>;
  /** Listens anew. */
  reopen(): Promise<void>;
  /** Listens no more. */
  close(): void;
  /** Connections so far: while it grows, the port need not be tried. */
  readonly openedTotal: number;
}

/**
 * Sees to it that the port takes connections. When a process has no file descriptor
 * left, a runtime may stop taking connections for good and say nothing (Deno does).
 * So the port is tried when no client has come for a while, and opened again.
 */
export class ListenerWatch {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listener: WatchedListener;
  readonly #failedLog: LogLimiter;
  #seen = 0;
  #reopenedTotal = 0;
  #cancel: CancelTimer;
  #isStarved = false;
  #stopped = false;

  constructor(of: { clock: Clock; logger: Logger; listener: WatchedListener }) {
    this.#clock = of.clock;
    this.#logger = of.logger;
    this.#listener = of.listener;
    this.#failedLog = new LogLimiter(of.clock, FAILED_QUIET);
    this.#cancel = this.#lookLater();
  }

  get reopenedTotal(): number {
    return this.#reopenedTotal;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #lookLater(): CancelTimer {
    return this.#clock.after(LOOK_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    if (this.#listener.openedTotal === this.#seen) await this.#probe();
    if (this.#stopped) return;
    this.#seen = this.#listener.openedTotal;
    this.#cancel = this.#lookLater();
  }

  async #probe(): Promise<void> {
    const state = await this.#listener.probe();
    if (this.#stopped) return;
    this.#tellStarved(state === "starved");
    if (state !== "shut") return;
    this.#reopenedTotal++;
    try {
      await this.#listener.reopen();
    } catch (error) {
      if (!this.#stopped) this.#tellFailed(messageOf(error));
      return;
    }
    // `stop` could not close a port that was not open yet.
    if (this.#stopped) this.#listener.close();
    else this.#logger.warn("the port took no connections; it was opened anew");
  }

  #tellFailed(error: string): void {
    const hidden = this.#failedLog.admit();
    if (hidden === undefined) return;
    this.#logger.error("the port takes no connections and cannot be opened anew", {
      error,
      more_like_it: hidden || undefined,
    });
  }

  #tellStarved(isStarved: boolean): void {
    if (isStarved === this.#isStarved) return;
    this.#isStarved = isStarved;
    if (isStarved) this.#logger.error("no file descriptor is left: no client gets in");
    else this.#logger.info("there are file descriptors again");
  }
}
