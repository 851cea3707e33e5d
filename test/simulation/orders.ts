import type { QueueOptions } from "../../src/options.ts";
import type { Dice } from "./dice.ts";

/** Schedules in which what is new may go first. */
const CHANCE = 0.4;

/** Which endpoints are sent what is new first, and which take samples that come late. */
export class Orders {
  readonly #dice: Dice;
  /** What is new may go first in this schedule. */
  readonly isTried: boolean;
  readonly #late: ReadonlySet<string>;

  constructor(dice: Dice, endpoints: readonly string[]) {
    this.#dice = dice;
    this.isTried = dice.chance(CHANCE);
    this.#late = new Set(endpoints.filter(() => dice.chance(0.8)));
  }

  /** How long an endpoint takes for a request at least: a backlog is to last for a while. */
  pauseMs(): number {
    return this.isTried ? this.#dice.between(50, 600) : 0;
  }

  /** It stays so: nothing may overtake at one that does not. */
  takesLate(endpoint: string): boolean {
    return this.#late.has(endpoint);
  }

  /** The options, with an order for each endpoint that may be another one than before. */
  change(options: QueueOptions): QueueOptions {
    if (!this.isTried) return options;
    const endpoints = options.endpoints.map((one) => {
      if (this.#dice.chance(0.2)) return one;
      const freshFirstAfter = this.#dice.pick(["1s", "1s", "5s"]);
      return { ...one, sendOrder: "fresh_first" as const, freshFirstAfter };
    });
    return { ...options, endpoints };
  }
}
