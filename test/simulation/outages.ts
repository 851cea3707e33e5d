import type { Dice } from "./dice.ts";
import { commit } from "./commits.ts";
import { pass } from "./life.ts";
import type { World } from "./world.ts";

/** How often an outage begins where there is none, before each move. */
const CHANCE = 0.15;

/** An endpoint that is down and comes back, once or twice in short order. */
interface Outage {
  readonly endpoint: string;
  /** How many moves it is down, up, down again and so on. */
  readonly moves: number[];
}

/**
 * Outages of a few seconds through which batches come in: what is new overtakes a backlog in
 * few schedules otherwise. They go on beside the moves, and are looked at between them.
 */
export class Outages {
  readonly #dice: Dice;
  #outage: Outage | undefined;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** Beside the next move. */
  async step(world: World): Promise<void> {
    if (!world.orders.isTried) return;
    this.#outage ??= this.#begin(world);
    if (this.#outage === undefined) return;
    const { moves, endpoint } = this.#outage;
    const isDown = moves.length % 2 === 0;
    world.endpoints.get(endpoint)!.mood = isDown ? "down" : "well";
    await this.#comesIn(world, isDown ? 4 : 2);
    if (--moves[0]! <= 0) moves.shift();
    if (moves.length === 0) this.#outage = undefined;
  }

  #begin({ endpoints }: World): Outage | undefined {
    const dice = this.#dice;
    if (!dice.chance(CHANCE)) return undefined;
    const endpoint = dice.pick([...endpoints.keys()]);
    const once = [dice.between(3, 6), dice.between(6, 12)];
    const again = dice.chance(0.5) ? [dice.between(2, 4), dice.between(6, 12)] : [];
    return { endpoint, moves: [...once, ...again] };
  }

  async #comesIn(world: World, commits: number): Promise<void> {
    const { host } = world;
    for (let each = 0; each < commits; each++) {
      if (world.host !== host || host.queue === undefined) return;
      void commit(world, { durable: true, by: "bytes" }, this.#dice.between(2, 6));
      await pass(world, this.#dice.between(150, 500));
    }
  }
}
