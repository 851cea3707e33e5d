import type { BatchId, Clock, StreamLog, StreamMessage } from "../contracts.ts";

/** Messages that are asked for before their turn, in all partitions together. */
const AHEAD_MAX = 15;
/** Bytes that they take at most. */
const AHEAD_BYTES_MAX = 2 * 1024 * 1024;
/** What is here for longer is asked for again: somebody may have deleted it meanwhile. */
const AGE_MS_MAX = 5_000;

/** What a {@link ReadAhead} works with. */
interface ReadAheadDependencies {
  readonly log: StreamLog;
  readonly clock: Clock;
  /** Bytes that none of those is larger than that come from this number on. */
  readonly largestFrom: (id: BatchId) => number;
  /** Those that are in memory already. */
  readonly isHere: (id: BatchId) => boolean;
}

/** A message that was asked for before its turn. */
interface Ahead {
  /** Undefined where there was none, or no answer: then it is asked for again. */
  readonly message: Promise<StreamMessage | undefined>;
  /** When it came. */
  cameMs: number | undefined;
}

/**
 * The messages of one lane: while a batch is being sent the next ones are on their way, so
 * that many small ones do not cost the way to the servers each. Nobody hears of one, or of
 * why it could not be read, before its turn; and what gets no turn is forgotten.
 */
export class ReadAhead {
  readonly #of: ReadAheadDependencies;
  readonly #ahead = new Map<BatchId, Ahead>();
  /** Servers that do not answer are asked for one alone. */
  #isAnswered = true;

  constructor(dependencies: ReadAheadDependencies) {
    this.#of = dependencies;
  }

  /**
   * A message whose turn it is; undefined when it is not there any more.
   *
   * @param after the next ones that wait in the lane, at most so many
   * @throws {StreamError}
   */
  async read(
    id: BatchId,
    after: (count: number) => readonly BatchId[],
  ): Promise<StreamMessage | undefined> {
    const { log } = this.#of;
    const before = this.#ahead.get(id);
    const asked = before === undefined || this.#isOld(before) ? log.read(id) : before.message;
    this.#ask(this.#isAnswered ? this.#wanted(id, after) : []);
    try {
      // Nothing is given up for what was so a while ago.
      const message = await asked ?? await log.read(id);
      this.#isAnswered = true;
      return message;
    } catch (error) {
      this.#isAnswered = false;
      throw error;
    }
  }

  #wanted(id: BatchId, after: (count: number) => readonly BatchId[]): readonly BatchId[] {
    const { largestFrom, isHere } = this.#of;
    const count = Math.floor(AHEAD_BYTES_MAX / Math.max(1, largestFrom(id + 1)));
    return after(Math.min(AHEAD_MAX, count)).filter((next) => !isHere(next));
  }

  /** Asks for these, and forgets all others. */
  #ask(wanted: readonly BatchId[]): void {
    for (const [id, ahead] of this.#ahead) {
      if (!wanted.includes(id) || this.#isOld(ahead)) this.#ahead.delete(id);
    }
    for (const id of wanted) if (!this.#ahead.has(id)) this.#ahead.set(id, this.#begin(id));
  }

  #begin(id: BatchId): Ahead {
    const came = (message?: StreamMessage): StreamMessage | undefined => {
      ahead.cameMs = this.#of.clock.monotonicMs();
      return message;
    };
    const message = this.#of.log.read(id).then(came, () => came());
    const ahead: Ahead = { message, cameMs: undefined };
    return ahead;
  }

  #isOld({ cameMs = Infinity }: Ahead): boolean {
    return this.#of.clock.monotonicMs() - cameMs > AGE_MS_MAX;
  }
}
