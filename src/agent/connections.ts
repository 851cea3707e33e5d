import { LogLimiter } from "../actor/log_limiter.ts";
import type { CancelTimer, Clock, Logger } from "../contracts.ts";

/** Clients at once, where the process may have the file descriptors for them. */
export const CONNECTIONS_MAX = 1_024;

/**
 * How long a client may keep a connection without getting on, in milliseconds. The
 * body of a request has bounds of its own (`src/receive/read_body.ts`), and the answer
 * takes as long as the disk does.
 */
export const CONNECTION_BOUNDS = {
  /** From the connection to the end of its first request's head. */
  headMs: 30_000,
  /** From an answer to the end of the next head; Prometheus sends at least every few seconds. */
  idleMs: 75_000,
  /** Until the client has taken its answer: over a slow link, too. */
  answerMs: 300_000,
  /** After an answer that did not wait for the whole body, until that has come. */
  restMs: 10_000,
  /** For a client that is one too many, to send a request that can be answered 503. */
  turnedAwayMs: 5_000,
} as const;

const SWEEP_MS = 1_000;

/** What a connection is doing. */
type Phase = "head" | "busy" | "answer" | "rest" | "idle";

/** One client's connection. */
export class Connection {
  /** True for a client too many: its request gets a 503. */
  readonly isTurnedAway: boolean;
  readonly #clock: Clock;
  readonly #cut: () => void;
  readonly #readMsMax: number;
  #phase: Phase = "head";
  #sinceMs: number;
  /** Requests without an answer: a client may send several at once. */
  #requests = 0;
  #isRetired = false;

  constructor(of: { clock: Clock; cut: () => void; isTurnedAway: boolean; readMsMax: number }) {
    this.#clock = of.clock;
    this.#cut = of.cut;
    this.#readMsMax = of.readMsMax;
    this.isTurnedAway = of.isTurnedAway;
    this.#sinceMs = of.clock.monotonicMs();
  }

  get hasRequests(): boolean {
    return this.#requests > 0;
  }

  /** The head of a request is here. */
  requested(): void {
    this.#requests++;
    this.#enter("busy");
  }

  /** The answer is on its way. */
  answering(): void {
    this.#enter("answer");
  }

  /** The answer is out; `isBodyThere` is false while some of the request's body has not come. */
  answered(isBodyThere: boolean): void {
    this.#requests--;
    this.#enter(this.#requests > 0 ? "busy" : isBodyThere ? "idle" : "rest");
  }

  /** What was left of a body after its answer has come. */
  bodyEnded(): void {
    if (this.#phase === "rest") this.#enter("idle");
  }

  /** True when it is kept for no request beyond those under way. */
  get isLast(): boolean {
    return this.isTurnedAway || this.#isRetired;
  }

  /** Ends it as soon as what is under way is answered, and what was sent of it is read. */
  retire(): void {
    this.#isRetired = true;
    if (!this.hasRequests && this.#phase !== "rest") this.#cut();
  }

  /** True when it is kept for a next request. */
  get isIdle(): boolean {
    return this.#phase === "idle";
  }

  /** True when it has kept its place too long. */
  get isOver(): boolean {
    const beenMs = this.#clock.monotonicMs() - this.#sinceMs;
    return beenMs >= this.#boundMs();
  }

  cut(): void {
    this.#cut();
  }

  #boundMs(): number {
    const { headMs, idleMs, answerMs, restMs, turnedAwayMs } = CONNECTION_BOUNDS;
    switch (this.#phase) {
      case "head":
        return this.isTurnedAway ? turnedAwayMs : Math.min(headMs, this.#readMsMax);
      case "busy":
        return Infinity;
      case "answer":
        return answerMs;
      case "rest":
        return restMs;
      case "idle":
        return this.isTurnedAway ? 0 : Math.min(idleMs, this.#readMsMax);
    }
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#sinceMs = this.#clock.monotonicMs();
    if (phase === "idle" && this.#isRetired) this.#cut();
  }
}

/**
 * The open connections, with bounds that the runtimes' servers lack or have each in its
 * own way: how many clients there may be, and how long one may keep its place. Clients
 * beyond the bound are told to come again. When a quarter more wait for that already,
 * further ones are cut at once.
 */
export class Connections {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #max: number;
  readonly #turnedAwayMax: number;
  readonly #readMsMax: number;
  readonly #all = new Set<Connection>();
  readonly #fullLog: LogLimiter;
  #turnedAway = 0;
  #cancelSweep: CancelTimer | undefined;
  #refusedTotal = 0;
  #slowTotal = 0;

  constructor(
    of: { clock: Clock; logger: Logger; max: number; readMsMax?: number | undefined },
  ) {
    this.#clock = of.clock;
    this.#logger = of.logger;
    this.#max = of.max;
    this.#turnedAwayMax = Math.ceil(of.max / 4);
    this.#readMsMax = of.readMsMax ?? Infinity;
    this.#fullLog = new LogLimiter(of.clock);
  }

  get size(): number {
    return this.#all.size;
  }

  /** Clients that were one too many. */
  get refusedTotal(): number {
    return this.#refusedTotal;
  }

  /** Those that were cut because they did not get on; kept ones that were idle do not count. */
  get slowTotal(): number {
    return this.#slowTotal;
  }

  /** Undefined when there is no place at all: the client is to be cut at once. */
  open(cut: () => void): Connection | undefined {
    const isTurnedAway = this.#all.size - this.#turnedAway >= this.#max;
    if (isTurnedAway) {
      this.#tellFull();
      if (this.#turnedAway >= this.#turnedAwayMax) return undefined;
      this.#turnedAway++;
    }
    const connection = new Connection({
      clock: this.#clock,
      cut,
      isTurnedAway,
      readMsMax: this.#readMsMax,
    });
    this.#all.add(connection);
    this.#sweepSoon();
    return connection;
  }

  /** The connection has ended, whoever ended it. */
  closed(connection: Connection): void {
    if (this.#all.delete(connection) && connection.isTurnedAway) this.#turnedAway--;
  }

  /** No connection is kept any longer than for the answers it waits for. */
  retireAll(): void {
    for (const connection of this.#all) connection.retire();
  }

  cutAll(): void {
    for (const connection of this.#all) connection.cut();
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
  }

  #sweepSoon(): void {
    this.#cancelSweep ??= this.#clock.after(SWEEP_MS, () => {
      this.#cancelSweep = undefined;
      this.#sweep();
      if (this.#all.size > 0) this.#sweepSoon();
    });
  }

  #sweep(): void {
    for (const connection of this.#all) {
      if (!connection.isOver) continue;
      if (!connection.isIdle) this.#slowTotal++;
      connection.cut();
    }
  }

  #tellFull(): void {
    this.#refusedTotal++;
    const hidden = this.#fullLog.admit();
    if (hidden === undefined) return;
    this.#logger.warn("too many clients at once: those beyond the bound are told to come again", {
      clients_max: this.#max,
      more_like_it: hidden || undefined,
    });
  }
}
