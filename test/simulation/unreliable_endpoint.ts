import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { makeAnswer, type VirtualClock } from "../../src/testing/memory.ts";
import { isV2, kindsOf, saying, splitsOn400 } from "./answer_v2.ts";
import type { Dice } from "./dice.ts";
import type { EndpointAccount } from "./endpoint_account.ts";
import type { Orders } from "./orders.ts";
import type { Row } from "./model.ts";
import { canBeParted, DROPS, NARROW_ROWS, refuseAway } from "./refusals.ts";
import type { RowReader } from "./rows.ts";
import type { Tally } from "./tally.ts";

/** How an endpoint behaves for a while. */
export type EndpointMood =
  | "well"
  | "flaky"
  | "slow"
  | "busy"
  | "down"
  | "mute"
  | "picky"
  | "refusing"
  | "poisoned"
  | "unwilling"
  | "narrow"
  | "cramped";

export const MOODS: readonly EndpointMood[] = [
  "well",
  "flaky",
  "slow",
  "busy",
  "down",
  "mute",
  "picky",
  "poisoned",
  // Twice: the one stops all shards, so that there are few answers, and few requests are large.
  "unwilling",
  "unwilling",
  "narrow",
  "narrow",
  "cramped",
];

/** What it makes of remote write 2.0: knows it, answers 415, takes it for empty, says nonsense, or each at times. */
export type Dialect = "modern" | "strict" | "deaf" | "vague" | "fickle";

const PLAIN_DIALECTS = ["modern", "strict", "deaf", "vague"] as const;
export const DIALECTS: readonly Dialect[] = [...PLAIN_DIALECTS, "fickle"];

type Reaction =
  | "take"
  | "take_part"
  | "take_twice"
  | "lose_answer"
  | "refuse_5xx"
  | "refuse_429"
  | "refuse_4xx"
  | "refuse_poison"
  | "refuse_away"
  | "reset"
  | "hang"
  | "hang_and_take";

const REACTIONS: Readonly<Record<EndpointMood, Partial<Record<Reaction, number>>>> = {
  well: { take: 1 },
  flaky: {
    take: 6,
    take_twice: 1,
    lose_answer: 2,
    refuse_5xx: 3,
    refuse_429: 1,
    reset: 2,
    hang: 1,
  },
  slow: { take: 6, hang_and_take: 1, lose_answer: 1 },
  busy: { refuse_429: 3, refuse_5xx: 3, take: 1 },
  down: { reset: 1 },
  mute: { hang: 2, hang_and_take: 1 },
  picky: { take: 5, refuse_4xx: 1, take_part: 2 },
  refusing: { refuse_4xx: 3, take_part: 1 },
  poisoned: { take: 8, refuse_5xx: 1, lose_answer: 1 },
  unwilling: { refuse_away: 12, reset: 1, hang: 1 },
  narrow: { take: 8, refuse_5xx: 1, lose_answer: 1 },
  // Everything is too large for it, however small: it takes nothing until somebody mends it.
  cramped: { refuse_5xx: 1 },
};

const NOTHING = { samples: 0, histograms: 0 };

/** A row by which series it is of, and its value. */
export function placeOf({ series, value }: Pick<Row, "series" | "value">): string {
  return `s${series}=${value}`;
}

/** What an endpoint works with. */
interface EndpointDependencies {
  readonly dice: Dice;
  readonly time: VirtualClock;
  readonly reader: RowReader;
  readonly tally: Tally;
  readonly orders: Orders;
}

/** Under which a request comes. */
interface Circumstances {
  /** Whether the sender has died since: what it sent is on its way all the same. */
  readonly isDead: () => boolean;
  /** Batches from this one on were sent before older ones when it left. */
  readonly freshFrom: number | undefined;
}

/** How rows came. */
interface Way extends Pick<Circumstances, "freshFrom"> {
  readonly late: boolean;
}

/** An endpoint of remote write that behaves badly in every way that a network allows. */
export class UnreliableEndpoint {
  mood: EndpointMood = "well";
  dialect: Dialect;
  /** While it is `poisoned`, requests with one of these rows are refused. */
  poison: ReadonlySet<string> = new Set();
  readonly #account: EndpointAccount;
  readonly #dependencies: EndpointDependencies;
  /** The newest sample of the series by which it is asked. */
  #probedMs = -Infinity;

  constructor(account: EndpointAccount, dependencies: EndpointDependencies) {
    this.#account = account;
    this.#dependencies = dependencies;
    // Wrong from the start, as a typing error in the configuration is.
    if (dependencies.dice.chance(0.4)) this.mood = dependencies.dice.pick(["unwilling", "narrow"]);
    this.dialect = dependencies.dice.chance(0.5) ? "modern" : dependencies.dice.pick(DIALECTS);
  }

  async answer(
    request: HttpRequest,
    signal: AbortSignal,
    { isDead, freshFrom }: Circumstances,
  ): Promise<HttpAnswer> {
    const { dice, reader, tally, orders } = this.#dependencies;
    const isLate = (): boolean => signal.aborted || isDead();
    const rows = reader.leaving(request);
    const probeMs = reader.probeOf(request);
    if (freshFrom !== undefined) {
      tally.inTwoLanes++;
      // It has said so when it was asked.
      if (!orders.takesLate(this.#account.name)) this.#account.overtaken();
    }
    const weights = REACTIONS[this.mood] as Record<Reaction, number>;
    const isPoison = this.mood === "poisoned" && rows.some((row) => this.poison.has(placeOf(row)));
    if (this.#isTooMuch(request, rows)) {
      tally.tooLarge++;
      return makeAnswer(413, "too much");
    }
    const reaction = isPoison ? "refuse_poison" : dice.weighted(weights);
    if (reaction !== "take") tally.networkFaults++;
    const pauseMs = this.#dependencies.orders.pauseMs();
    if (pauseMs > 0) await this.#pause(pauseMs);
    const isSlow = this.mood === "slow" || dice.chance(0.2);
    if (isSlow) await this.#pause(dice.between(1, this.mood === "slow" ? 40_000 : 300));
    const take = (): void => this.#account.take(rows, isLate(), freshFrom);
    const dialect = isV2(request) ? this.#dialectNow() : undefined;
    if (probeMs !== undefined && ["take", "take_part", "take_twice"].includes(reaction)) {
      tally.probes++;
      return this.#answerProbe(probeMs);
    }
    switch (reaction) {
      case "take":
        return this.#take(rows, { late: isLate(), freshFrom }, dialect);
      case "take_part":
        return this.#takePart(rows, { late: isLate(), freshFrom }, dialect);
      case "take_twice":
        if (dialect === "modern" || dialect === undefined) {
          this.#later(() => this.#account.take(rows, true, freshFrom));
        }
        return this.#take(rows, { late: isLate(), freshFrom }, dialect);
      case "lose_answer":
        take();
        throw new Error("connection reset after the request");
      case "refuse_5xx":
        return makeAnswer(dice.pick([500, 502, 503]), "not now", this.#retryAfter(0.3));
      case "refuse_429":
        return makeAnswer(429, "too much", this.#retryAfter(0.7));
      case "refuse_4xx":
        return this.#refuse(dialect);
      case "refuse_away":
        tally.refusedAway++;
        return refuseAway(dice, this.#retryAfter(0.2));
      case "refuse_poison":
        return this.#refusePoison(request, rows, dialect);
      case "reset":
        throw new Error("connection reset");
      case "hang_and_take":
        this.#later(() => this.#account.take(rows, true, freshFrom));
        return await new Promise(() => {});
      case "hang":
        return await new Promise(() => {});
    }
  }

  #answerProbe(timestampMs: number): HttpAnswer {
    const isLate = timestampMs < this.#probedMs;
    this.#probedMs = Math.max(this.#probedMs, timestampMs);
    if (isLate && !this.#dependencies.orders.takesLate(this.#account.name)) {
      return makeAnswer(400, "out of order sample");
    }
    return makeAnswer(204, "", saying({ samples: 1, histograms: 0 }));
  }

  #isTooMuch(request: HttpRequest, rows: readonly Row[]): boolean {
    if (this.mood === "narrow") return rows.length > NARROW_ROWS && canBeParted(rows);
    // Where a request may not wait, the model does not know how much is dropped.
    return this.mood === "cramped" && request.headers[DROPS] !== "yes";
  }

  #dialectNow(): Dialect {
    return this.dialect === "fickle" ? this.#dependencies.dice.pick(PLAIN_DIALECTS) : this.dialect;
  }

  /** Undefined is 1.0, which all understand. */
  #take(rows: readonly Row[], { late, freshFrom }: Way, dialect: Dialect | undefined): HttpAnswer {
    const { dice } = this.#dependencies;
    if (dialect === "strict") return makeAnswer(415, "which version?");
    if (dialect === "deaf") return makeAnswer(204);
    this.#account.take(rows, late, freshFrom);
    const status = dice.pick([200, 204]);
    if (dialect === "vague") {
      return makeAnswer(
        status,
        "",
        saying({ samples: dice.pick(["-1", "all", "", "1.5"]), histograms: 0 }),
      );
    }
    // To have written more than was sent is a lie that must do no harm.
    const { samples, histograms } = kindsOf(rows);
    const written = dice.chance(0.1) ? dice.pick([rows.length + 1, 999_999_999]) : samples;
    const said = saying({ samples: written, histograms });
    return makeAnswer(status, "", dialect === undefined ? {} : said);
  }

  /** Takes some and says how many, with a success or a refusal; who cannot say it refuses all. */
  #takePart(
    rows: readonly Row[],
    { late, freshFrom }: Way,
    dialect: Dialect | undefined,
  ): HttpAnswer {
    const { dice } = this.#dependencies;
    if (dialect !== "modern") return this.#refuse(dialect);
    const some = rows.filter(() => dice.chance(0.5));
    this.#account.take(some, late, freshFrom);
    for (const row of rows) if (!some.includes(row)) this.#account.passedOver.add(row);
    return makeAnswer(dice.pick([200, 204, 400, 422]), "out of order", saying(kindsOf(some)));
  }

  #refuse(dialect: Dialect | undefined): HttpAnswer {
    const status = this.#dependencies.dice.pick([400, 409, 422]);
    if (dialect === "modern") return makeAnswer(status, "out of order", saying(NOTHING));
    return makeAnswer(status, "out of order");
  }

  /** Takes nothing of a request with poison in it, in 1.0; in 2.0 as one that knows or does not know it. */
  #refusePoison(
    request: HttpRequest,
    rows: readonly Row[],
    dialect: Dialect | undefined,
  ): HttpAnswer {
    this.#dependencies.tally.poisonRefused++;
    if (rows.length === 1) this.#dependencies.tally.poisonAlone++;
    if (dialect === undefined) return makeAnswer(400, "out of order");
    // The model knows only that a 400 to 2.0 without a word gives no outcome.
    if (dialect === "modern" && splitsOn400(request, rows)) return makeAnswer(400, "no");
    return this.#refuse(dialect);
  }

  #retryAfter(probability: number): Record<string, string> {
    const { dice, time } = this.#dependencies;
    if (!dice.chance(probability)) return {};
    const date = new Date(time.trueMs() + dice.between(-60, 60) * 1000).toUTCString();
    return { "retry-after": dice.pick(["0", "1", "30", "86400", date, "soon"]) };
  }

  /** Goes on when the sender is dead: the request is on its way. */
  #later(act: () => void): void {
    const { dice, time } = this.#dependencies;
    time.after(dice.between(1, 120_000), act);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#dependencies.time.after(ms, resolve));
  }
}
