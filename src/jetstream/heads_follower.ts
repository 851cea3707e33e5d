import type { Clock, Logger, StreamHead, StreamLog, StreamSeq, StreamState } from "../contracts.ts";
import { Actor } from "../actor/actor.ts";
import { backoffMs } from "../actor/backoff.ts";
import { inOrder } from "../actor/in_order.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { sleep } from "../actor/sleep.ts";
import { messageOf, StreamError } from "../errors.ts";
import { Behind, BEHIND_WORDS } from "./behind.ts";
import { givenAgain } from "./given_again.ts";
import { KnownHeads } from "./known_heads.ts";

const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 10_000;
/** How often it is looked whether the stream has gone back. */
const LOOK_MS = 1_000;
/**
 * What the servers said is so for this long: none that loses what it acknowledged is back within
 * that, and has as much as before. It counts from the answer, as servers that end leave questions
 * without one, and those that are slow would never be believed.
 */
const SURE_MS = 5_000;
/** What is over sooner is no trouble. */
const TROUBLE_MS = 30_000;
/** At so many looks one after the other nothing had come: is there something all the same? */
const QUIET_LOOKS = 5;

/**
 * Where others have deleted what is theirs there is a gap before each head, and the server that
 * decides is asked about it: so many of them at once, each a way to the servers.
 */
const GAPS_AT_ONCE = 32;

/** What the server that decides says is next. */
interface Answer {
  readonly head: StreamHead | undefined;
}

/** What a {@link HeadsFollower} works with. */
interface HeadsFollowerDependencies {
  readonly log: StreamLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly subject: string;
  /** Which stream of its name is followed: what the servers said when it was begun with. */
  readonly stream: string;
  /** When the newest was stored that is known of before it begins; 0 where none is. */
  readonly newestMs: number;
  /** From where on numbers were given again of which that is known. @throws {StreamError} */
  readonly givenAgainBefore: () => Promise<StreamSeq | undefined>;
  /**
   * The servers have lost what they had acknowledged, and have given, or will give, its numbers
   * again from this one on. Nothing more is told.
   */
  readonly onWentBack: (from: StreamSeq) => void;
}

/** Tells of each message of a subject, once and in order, for as long as it is not stopped. */
export class HeadsFollower {
  readonly #of: HeadsFollowerDependencies;
  readonly #actor: Actor;
  readonly #onHead: (head: StreamHead) => void;
  readonly #known = new KnownHeads();
  #at: StreamSeq;
  /** When the newest was stored that is known of. */
  #newestMs: number;
  /** What is told follows from where it was looked what numbers mean. */
  #isSure = false;
  /** When the servers said the last time that it is so still. */
  #sureAt = { monotonicMs: 0, wallMs: 0 };
  /** Who decided then. */
  #leader = "";
  /** Something came since the last look. */
  #hasCome = false;
  /** Why it could not be followed, and since when. */
  #failure: { readonly sinceMs: number; readonly error: string } | undefined;
  /** When it was begun with the last time. */
  #turnAtMs = 0;
  readonly #behind = new Behind();
  /** What is followed at this moment ends when this does. */
  #turn: AbortController | undefined;

  /** @param after the number after which it begins */
  constructor(
    dependencies: HeadsFollowerDependencies,
    after: StreamSeq,
    onHead: (head: StreamHead) => void,
  ) {
    this.#of = dependencies;
    this.#onHead = onHead;
    this.#at = after;
    this.#newestMs = dependencies.newestMs;
    const { logger, subject } = dependencies;
    this.#actor = new Actor(
      (signal) => this.#run(signal),
      (error) => logger.error("following a stream failed", { subject, error: messageOf(error) }),
    );
  }

  /** The number of the newest message that was told, or after which it began. */
  get at(): StreamSeq {
    return this.#at;
  }

  /**
   * Whether numbers mean what they did, by what the servers say at this moment. Where they say
   * something else, or do not answer, or have not been asked for a while, they may mean something
   * else: it is looked at once more, with all that is known.
   *
   * @throws {StreamError} when they do not answer.
   */
  async isSure(): Promise<boolean> {
    await this.#ask();
    return this.#isSure;
  }

  /** The same, by what they said a moment ago. */
  get wasSure(): boolean {
    return this.#isSure && this.#isAnswered;
  }

  /** Whether this is another one than was told by its number. If so, all of them are looked at once more. */
  isOther(head: StreamHead): boolean {
    const isOther = this.#known.isOther(head);
    if (isOther) this.#doubt();
    return isOther;
  }

  /** Why nothing was told for a while, whatever is there; undefined where all is. */
  get trouble(): string | undefined {
    const { sinceMs = Infinity, error } = this.#failure ?? {};
    return this.#of.clock.monotonicMs() - sinceMs < TROUBLE_MS ? undefined : error;
  }

  start(): void {
    this.#actor.start();
  }

  async stop(): Promise<void> {
    await this.#actor.stop();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger, subject } = this.#of;
    const limiter = new LogLimiter(clock);
    const looking = this.#look(signal);
    for (let failures = 0; !signal.aborted;) {
      try {
        const from = await this.#wentBackTo();
        if (signal.aborted) break;
        if (from !== undefined) {
          const fields = { subject, seq: from, known_seq: this.#at };
          logger.error("the servers have lost messages that they had acknowledged", fields);
          this.#of.onWentBack(from);
          break;
        }
        this.#isSure = true;
        this.#turnAtMs = clock.monotonicMs();
        await this.#follow(signal, () => failures = 0);
        failures = 0;
      } catch (error) {
        if (!(error instanceof StreamError)) throw error;
        const { sinceMs = clock.monotonicMs() } = this.#failure ?? {};
        this.#failure = { sinceMs, error: error.message };
        if (limiter.admit(error.code) !== undefined) {
          logger.warn("cannot follow a stream; trying again", { subject, error: error.message });
        }
      } finally {
        this.#isSure = false;
      }
      await sleep(clock, backoffMs(failures++, RETRY_FIRST_MS, RETRY_MS_MAX), signal);
    }
    await looking;
  }

  async #follow(signal: AbortSignal, onHead: () => void): Promise<void> {
    const { log, subject } = this.#of;
    const turn = new AbortController();
    const end = (): void => turn.abort();
    signal.addEventListener("abort", end, { once: true });
    this.#turn = turn;
    let newest = this.#at;
    try {
      if (signal.aborted) return;
      await inOrder<StreamHead, Answer>(log.heads(subject, this.#at + 1, turn.signal), turn, {
        max: GAPS_AT_ONCE,
        begin: ({ seq }) => {
          onHead();
          this.#hasCome = true;
          const from = newest + 1;
          newest = Math.max(newest, seq);
          return seq <= from ? undefined : this.#next(from);
        },
        end: async (head, first) => {
          // What was told again is known.
          if (head.seq <= this.#at) return;
          // It may come behind what was lost and given again in an outage that nobody told of.
          if (!this.#isAnswered) this.#doubt();
          if (turn.signal.aborted) return;
          await this.#fill(head.seq, first, turn.signal);
          if (!turn.signal.aborted) this.#tell(head);
        },
      });
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** @throws {StreamError} */
  async #next(from: StreamSeq): Promise<Answer> {
    return { head: await this.#of.log.next(this.#of.subject, from) };
  }

  #tell(head: StreamHead): void {
    this.#failure = undefined;
    this.#at = head.seq;
    this.#newestMs = Math.max(this.#newestMs, head.storedAtMs);
    this.#known.add(head);
    this.#onHead(head);
  }

  /**
   * Tells what is there before this number and was not told: a server that was behind may leave
   * it out. What nobody needs is deleted, so there is mostly nothing.
   *
   * @param first what was answered already when it was asked for the first of it
   * @throws {StreamError}
   */
  async #fill(
    seq: StreamSeq,
    first: Answer | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { log } = this.#of;
    for (let answer = first; this.#at + 1 < seq; answer = undefined) {
      const { head } = answer ?? await this.#next(this.#at + 1);
      if (signal.aborted) return;
      if (head !== undefined && head.seq >= seq) return;
      if (head !== undefined) this.#tell(head);
      // One that was chosen a moment ago may not have all that was acknowledged before it.
      else if ((await log.state()).lastSeq >= seq) return;
      else throw new StreamError("unavailable", BEHIND_WORDS);
    }
  }

  /** @throws {StreamError} */
  async #ask(): Promise<StreamState> {
    const { clock, log, stream } = this.#of;
    const [at, askedAtMs, wasAnswered] = [this.#at, clock.monotonicMs(), this.#isAnswered];
    let isSame = false;
    try {
      const state = await log.state();
      const isOfThis = state.created === stream && state.leader === this.#leader;
      isSame = isOfThis && state.lastSeq >= at && wasAnswered;
      return state;
    } finally {
      if (isSame) this.#answered();
      else this.#doubt();
      // What is refused ends sooner.
      if (this.#isSure && askedAtMs - this.#turnAtMs > LOOK_MS) this.#failure = undefined;
    }
  }

  #answered(): void {
    const { clock } = this.#of;
    this.#sureAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
  }

  /** Whether it is so short ago that the servers said that nothing has changed. */
  get #isAnswered(): boolean {
    const { clock } = this.#of;
    const { monotonicMs, wallMs } = this.#sureAt;
    // A host that was asleep may have a clock that did not count that.
    return Math.max(clock.monotonicMs() - monotonicMs, clock.nowMs() - wallMs) <= SURE_MS;
  }

  #doubt(): void {
    this.#isSure = false;
    this.#turn?.abort();
  }

  /** Numbers that are given again would be taken for known. */
  async #look(signal: AbortSignal): Promise<void> {
    const { clock, log, subject } = this.#of;
    for (let quiet = 1; !signal.aborted; quiet++) {
      await sleep(clock, LOOK_MS, signal);
      if (this.#hasCome) quiet = 0;
      this.#hasCome = false;
      if (signal.aborted || !this.#isSure) continue;
      try {
        const { lastSeq } = await this.#ask();
        if (quiet < QUIET_LOOKS) continue;
        quiet = 0;
        // There may be something that who tells does not know of, and others do.
        const isBehind = lastSeq > this.#at && await log.next(subject, this.#at + 1) !== undefined;
        if (isBehind && !this.#hasCome) this.#doubt();
      } catch (error) {
        if (!(error instanceof StreamError)) throw error;
      }
    }
  }

  /** The first number that means something else than it did, if there is one. @throws {StreamError} */
  async #wentBackTo(): Promise<StreamSeq | undefined> {
    const { log, clock, subject, stream } = this.#of;
    const askedAtMs = clock.monotonicMs();
    // Before what is there is looked at: what comes meanwhile has the next numbers.
    const { lastSeq, created, leader } = await log.state();
    if (created !== stream) return 1;
    this.#leader = leader;
    const again = await this.#givenAgain();
    if (again !== undefined) return again;
    const { oldest } = this.#known;
    if (oldest !== undefined) {
      for await (const head of log.headsNow(subject, oldest)) {
        if (head.seq > this.#at) break;
        if (!this.#known.has(head)) return head.seq;
      }
    }
    this.#behind.refuseAtFirst(lastSeq < this.#at, leader, askedAtMs);
    if (lastSeq < this.#at) return lastSeq + 1;
    this.#answered();
    return undefined;
  }

  /** The same of what is not remembered, by when messages were stored. */
  async #givenAgain(): Promise<StreamSeq | undefined> {
    const { log, subject, givenAgainBefore } = this.#of;
    const { oldest } = this.#known;
    if (oldest === undefined) return await givenAgainBefore();
    return await givenAgain(log, subject, { seq: oldest - 1, storedAtMs: this.#newestMs });
  }
}
