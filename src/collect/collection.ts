// For whoever compiles against the declarations with an older library.
/// <reference lib="esnext.disposable" preserve="true" />
import { LogLimiter } from "../actor/log_limiter.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import type { CancelTimer } from "../contracts.ts";
import { messageOf, WalqError } from "../errors.ts";
import type { Queue } from "../queue.ts";
import type { Labels } from "../types.ts";
import { FailureLog } from "./failure_log.ts";
import { GrowingTime } from "../clock/growing_time.ts";
import { MetricReader } from "./metric_reader.ts";
import { Round, RoundState } from "./round.ts";
import type { MetricRegistry } from "./shapes.ts";

/** A collector that takes longer is taken for one that failed (Prometheus, `scrape_timeout`). */
const TIMEOUT_MS_MAX = 10_000;
/** So much of an interval a timer may be early. */
const EARLY = 0.01;

/** How a registry is collected. */
interface CollectingOptions {
  readonly everyMs: number;
  readonly labels: Labels;
}

/** A registry that is collected again and again, until it is stopped; `collect` makes it. */
export interface Collection extends AsyncDisposable {
  /**
   * Collects once more, now, and resolves when that and all before is durable. Behind
   * {@link Collection.stop} there is nothing more: then it is as that one.
   *
   * @throws {WalqError} `STORAGE`, `OVERLOADED`: the samples of this moment were not taken,
   * and the next ones are; `CLOSED`.
   */
  flush(): Promise<void>;

  /**
   * Collects a last time, says of all series that they have ended, and resolves when that is
   * durable. Call it before the queue is closed. A second call is the first one.
   *
   * @throws {WalqError} `STORAGE`, `OVERLOADED`: the last samples were not taken; `CLOSED`.
   */
  stop(): Promise<void>;
}

/** The collection of a registry into a queue. */
export class Collecting implements Collection {
  readonly #queue: Queue;
  readonly #options: CollectingOptions;
  readonly #reader: MetricReader;
  readonly #time: GrowingTime;
  readonly #state = new RoundState();
  readonly #failures: FailureLog;
  readonly #refusals: LogLimiter;
  /** One round at a time: a tick that finds another at work is not there. */
  readonly #turns = new SerialExecutor();
  readonly #startMs: number;
  #cancelTimer: CancelTimer;
  #stopped: Promise<void> | undefined;

  constructor(registry: MetricRegistry, queue: Queue, options: CollectingOptions) {
    const { clock } = queue.surroundings;
    this.#queue = queue;
    this.#options = options;
    this.#reader = new MetricReader(registry, clock);
    this.#time = new GrowingTime(clock, () => queue.surroundings.times);
    this.#failures = new FailureLog(queue.surroundings);
    this.#refusals = new LogLimiter(clock);
    this.#startMs = clock.monotonicMs();
    // Behind the code that calls this: what it registers next is in the first round.
    this.#cancelTimer = this.#after(0);
  }

  flush(): Promise<void> {
    // Series that have ended must not go on.
    return this.#stopped ?? this.#turns.run(() => this.#round("goes on"));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #stop(): Promise<void> {
    this.#cancelTimer();
    return this.#turns.run(() => this.#round("ends"));
  }

  /** In the background: that there are metrics is no reason for a process to live on. */
  #after(delayMs: number): CancelTimer {
    return this.#queue.surroundings.clock.after(delayMs, () => void this.#tick(), true);
  }

  async #tick(): Promise<void> {
    try {
      await this.#turns.run(() => this.#stopped ? undefined : this.#round("goes on"));
    } catch (error) {
      if (error instanceof WalqError && error.code === "CLOSED") return this.#endWithQueue();
      this.#tellRefusal(error);
    }
    if (this.#stopped) return;
    // What was missed meanwhile is skipped: two rounds at once tell no more than one.
    const { everyMs } = this.#options;
    const nowMs = this.#queue.surroundings.clock.monotonicMs();
    const passed = Math.floor((nowMs - this.#startMs) / everyMs + EARLY);
    const nextMs = this.#startMs + (passed + 1) * everyMs;
    this.#cancelTimer = this.#after(Math.max(0, nextMs - nowMs));
  }

  async #round(how: "goes on" | "ends"): Promise<void> {
    const { labels, everyMs } = this.#options;
    const timestampMs = this.#time.next();
    const read = await this.#reader.read(Math.min(everyMs, TIMEOUT_MS_MAX));
    const round = new Round(this.#state, this.#queue.appender(), {
      timestampMs,
      monotonicMs: this.#queue.surroundings.clock.monotonicMs(),
      common: labels,
      defaults: this.#reader.defaultLabels,
      isOpenMetrics: this.#reader.isOpenMetrics,
    });
    const failures = [...read.failures, ...await round.add(read.metrics)];
    this.#failures.tell(failures);
    round.addUp(failures.length === 0);
    await round.endGone();
    // Behind the last samples, which are data like all others.
    if (how === "ends") await round.endAll(this.#time.next());
    await round.commit();
  }

  #tellRefusal(error: unknown): void {
    const hidden = this.#refusals.admit();
    if (hidden === undefined) return;
    const fields = { error: messageOf(error), more_like_it: hidden || undefined };
    this.#queue.surroundings.logger.error("collected samples were not taken", fields);
  }

  #endWithQueue(): void {
    this.#stopped ??= Promise.resolve();
    const { logger } = this.#queue.surroundings;
    logger.warn("the queue was closed while metrics were collected: call stop() before");
  }
}
