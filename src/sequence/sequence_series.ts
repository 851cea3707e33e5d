import { LogLimiter } from "../actor/log_limiter.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import type { CancelTimer, Clock, FileSystem, Logger, Random } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { Labels } from "../types.ts";
import { SequenceFile, type SequenceState } from "./sequence_file.ts";

/** What the series is called. */
export const SEQUENCE_METRIC = "walq_sequence";

/** A clock that was set back by more was wrong before: receivers refuse what it had said then. */
const AHEAD_MS_MAX = 10 * 60_000;

/** What a {@link SequenceSeries} works with. */
interface SequenceDependencies {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The data path. */
  readonly directory: string;
  /** Puts a sample into the queue; resolves when it is durable for each endpoint. */
  readonly put: (labels: Labels, atMs: number, value: number) => Promise<void>;
}

/**
 * A series of the queue's own, by which a receiver can be asked whether anything is missing:
 * each sample is one more than the last. A number is written down when its sample is durable,
 * and not before: a crash in between repeats it, and skips none. So a number that a receiver has
 * not got is one that was lost on the way.
 */
export class SequenceSeries {
  readonly #dependencies: SequenceDependencies;
  readonly #file: SequenceFile;
  readonly #log: LogLimiter;
  /** One after the other: each is one more than the last. */
  readonly #turns = new SerialExecutor();
  #state: SequenceState | undefined;
  #intervalMs = 0;
  #cancel: CancelTimer = () => {};
  #isStopped = false;

  constructor(dependencies: SequenceDependencies) {
    this.#dependencies = dependencies;
    this.#file = new SequenceFile(dependencies.directory, dependencies);
    this.#log = new LogLimiter(dependencies.clock);
  }

  /** A sample now, and then at this interval; none when it is 0. */
  configure(intervalMs: number): void {
    if (intervalMs === this.#intervalMs || this.#isStopped) return;
    this.#intervalMs = intervalMs;
    this.#cancel();
    if (intervalMs > 0) this.#tick();
  }

  /** Resolves when no sample is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#turns.settled;
  }

  #tick(): void {
    const { clock, logger } = this.#dependencies;
    const intervalMs = this.#intervalMs;
    const again = (): void => {
      if (this.#isStopped || intervalMs !== this.#intervalMs) return;
      // A queue that takes nothing for a while leaves numbers out for no one: the next is the same.
      this.#cancel = clock.after(intervalMs, () => this.#tick(), true);
    };
    void this.#turns.run(() => this.#put()).catch((error) => {
      const hidden = this.#log.admit();
      if (hidden === undefined) return;
      const fields = { error: messageOf(error), more_like_it: hidden || undefined };
      logger.warn("no number of the sequence series; the same is tried again", fields);
    }).then(again);
  }

  async #put(): Promise<void> {
    const { clock, put } = this.#dependencies;
    const state = this.#state ??= await this.#file.read();
    const next = { ...state, number: state.number + 1, atMs: laterThan(state.atMs, clock.nowMs()) };
    await put({ __name__: SEQUENCE_METRIC, queue: state.id }, next.atMs, next.number);
    // From here on it is in the queue: in this run no number comes twice, whatever the disk says.
    this.#state = next;
    await this.#file.write(next);
  }
}

/** Receivers refuse a sample that is no newer than the last one of its series. */
function laterThan(lastMs: number, nowMs: number): number {
  const wallMs = Math.round(nowMs);
  const isBack = wallMs <= lastMs && lastMs - wallMs < AHEAD_MS_MAX;
  return isBack ? lastMs + 1 : wallMs;
}
