import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { makeAnswer, type VirtualClock } from "../../src/platform/memory.ts";
import type { Dice } from "./dice.ts";
import type { EndpointAccount } from "./endpoint_account.ts";
import type { RowReader } from "./rows.ts";
import type { Tally } from "./tally.ts";

/** How an endpoint behaves for a while. */
export type EndpointMood = "well" | "flaky" | "slow" | "busy" | "down" | "mute" | "picky";

export const MOODS: readonly EndpointMood[] = [
  "well",
  "flaky",
  "slow",
  "busy",
  "down",
  "mute",
  "picky",
];

type Reaction =
  | "take"
  | "take_twice"
  | "lose_answer"
  | "refuse_5xx"
  | "refuse_429"
  | "refuse_4xx"
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
  picky: { take: 5, refuse_4xx: 1 },
};

/** An endpoint of remote write that behaves badly in every way that a network allows. */
export class UnreliableEndpoint {
  mood: EndpointMood = "well";
  readonly #account: EndpointAccount;
  readonly #tools: { dice: Dice; time: VirtualClock; reader: RowReader; tally: Tally };

  constructor(
    account: EndpointAccount,
    tools: { dice: Dice; time: VirtualClock; reader: RowReader; tally: Tally },
  ) {
    this.#account = account;
    this.#tools = tools;
  }

  async answer(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { dice, reader, tally } = this.#tools;
    const rows = reader.ofRequest(request.body!);
    const weights = REACTIONS[this.mood] as Record<Reaction, number>;
    const reaction = dice.weighted(weights);
    if (reaction !== "take") tally.networkFaults++;
    const isSlow = this.mood === "slow" || dice.chance(0.2);
    if (isSlow) await this.#pause(dice.between(1, this.mood === "slow" ? 40_000 : 300));
    const take = (): void => this.#account.take(rows, signal.aborted);
    switch (reaction) {
      case "take":
        take();
        return makeAnswer(dice.pick([200, 204]));
      case "take_twice":
        take();
        this.#later(() => this.#account.take(rows, true));
        return makeAnswer(200);
      case "lose_answer":
        take();
        throw new Error("connection reset after the request");
      case "refuse_5xx":
        return makeAnswer(dice.pick([500, 502, 503]), "not now", this.#retryAfter(0.3));
      case "refuse_429":
        return makeAnswer(429, "too much", this.#retryAfter(0.7));
      case "refuse_4xx":
        return makeAnswer(dice.pick([400, 413, 422]), "out of order");
      case "reset":
        throw new Error("connection reset");
      case "hang_and_take":
        this.#later(() => this.#account.take(rows, true));
        return await new Promise(() => {});
      case "hang":
        return await new Promise(() => {});
    }
  }

  #retryAfter(probability: number): Record<string, string> {
    const { dice, time } = this.#tools;
    if (!dice.chance(probability)) return {};
    const date = new Date(time.nowMs() + dice.between(-60, 60) * 1000).toUTCString();
    return { "retry-after": dice.pick(["0", "1", "30", "86400", date, "soon"]) };
  }

  /** Goes on when the sender is dead: the request is on its way. */
  #later(act: () => void): void {
    const { dice, time } = this.#tools;
    time.after(dice.between(1, 120_000), act);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#tools.time.after(ms, resolve));
  }
}
