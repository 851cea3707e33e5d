import type { HttpRequest } from "../../src/contracts.ts";
import { makeAnswer, type ScriptedAnswer, type VirtualClock } from "../../src/testing/memory.ts";
import { PROBE_SERIES } from "../../src/pipeline/order_probe.ts";
import type { Dice } from "../simulation/dice.ts";
import { unpack } from "../simulation/snappy.ts";
import { floatOf } from "../simulation/rows.ts";
import { decodePlainRequest } from "../support/remote_write_v1.ts";
import { keyOf, type Model, type Row } from "./model.ts";
import type { Tally } from "./tally.ts";

/** How an endpoint behaves. */
export const RECEIVER_MOODS = ["well", "well", "slow", "down", "deaf", "refusing"] as const;

/** A request that has no answer yet. */
interface Active {
  /** Whether who sent it goes on at this moment. */
  readonly isAwake: () => boolean;
  readonly by: string;
  readonly series: ReadonlySet<string>;
}

/** An endpoint, as all processes see it. */
export class Receiver {
  readonly name: string;
  readonly #model: Model;
  readonly #dice: Dice;
  readonly #time: VirtualClock;
  readonly #tally: Tally;
  /** Nothing that is new may come before what is old. */
  readonly #isOrdered: boolean;
  readonly #taken = new Set<string>();
  readonly #newest = new Map<string, number>();
  readonly #refused = new Set<string>();
  readonly #active = new Set<Active>();
  mood: (typeof RECEIVER_MOODS)[number] = "well";

  constructor(
    name: string,
    of: { model: Model; dice: Dice; time: VirtualClock; tally: Tally; isOrdered: boolean },
  ) {
    this.name = name;
    this.#model = of.model;
    this.#dice = of.dice;
    this.#time = of.time;
    this.#tally = of.tally;
    this.#isOrdered = of.isOrdered;
  }

  /** It has an outcome here. */
  has(row: Row): boolean {
    return this.#taken.has(keyOf(row)) || this.#refused.has(keyOf(row));
  }

  async answer(
    request: HttpRequest,
    by: string,
    isAwake: () => boolean,
    signal: AbortSignal,
  ): Promise<ScriptedAnswer> {
    const rows = this.#rowsOf(request.body!);
    const active = { by, isAwake, series: new Set(rows.map(({ series }) => series)) };
    this.#checkAlone(active);
    this.#active.add(active);
    // A request is over for its sender when it gives up, before anyone else knows.
    const over = (): void => void this.#active.delete(active);
    signal.addEventListener("abort", over, { once: true });
    try {
      return await this.#answer(rows);
    } finally {
      signal.removeEventListener("abort", over);
      over();
    }
  }

  async #answer(rows: readonly Row[]): Promise<ScriptedAnswer> {
    const { mood } = this;
    await this.#pass(mood === "slow" ? this.#dice.between(500, 8_000) : this.#dice.between(0, 30));
    if (mood === "down") return makeAnswer(503, "no");
    if (mood === "deaf" && this.#dice.chance(0.5)) throw new Error("connection reset");
    if (mood === "refusing" && this.#dice.chance(0.3)) {
      for (const row of rows) this.#refused.add(keyOf(row));
      return makeAnswer(400, "bad data");
    }
    for (const row of rows) this.#take(row);
    if (mood === "deaf") throw new Error("connection reset after it was taken");
    return makeAnswer(204);
  }

  #take(row: Row): void {
    const key = keyOf(row);
    if (this.#taken.has(key)) return void this.#tally.duplicates++;
    this.#taken.add(key);
    this.#tally.delivered++;
    const newest = this.#newest.get(row.series) ?? -1;
    // What was refused, and was not written down as such before its sender ended, comes again.
    const isDue = this.#model.isAcked(row) && !this.#refused.has(key);
    if (this.#isOrdered && row.value < newest && isDue) {
      this.#model.violate(`${this.name}: ${key} comes after ${row.series}=${newest}`);
    }
    this.#newest.set(row.series, Math.max(newest, row.value));
  }

  #checkAlone(active: Active): void {
    for (const other of this.#active) {
      if (other.by === active.by || !other.isAwake()) continue;
      const both = [...other.series].find((one) => active.series.has(one));
      if (both === undefined) continue;
      this.#model.violate(`${this.name}: ${active.by} and ${other.by} send ${both} at once`);
    }
  }

  #rowsOf(body: Uint8Array): Row[] {
    return decodePlainRequest(unpack(body)).flatMap(({ labels, samples }) => {
      const series = labels.find(([name]) => name === "__name__")![1];
      // What walq asks with is nobody's.
      if (series === PROBE_SERIES) return [];
      return samples.map(({ valueBits }) => this.#known({ series, value: floatOf(valueBits) }));
    });
  }

  #known(row: Row): Row {
    if (!this.#model.isKnown(row)) this.#model.violate(`nobody sent ${keyOf(row)}`);
    return row;
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.#time.after(ms, resolve));
  }
}
