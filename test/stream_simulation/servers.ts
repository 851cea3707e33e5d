import type { StreamLog } from "../../src/contracts.ts";
import {
  MemoryStream,
  type MemoryStreamFault,
  type VirtualClock,
} from "../../src/testing/memory.ts";
import { StreamError } from "../../src/errors.ts";
import type { Dice } from "../simulation/dice.ts";
import type { Tally } from "./tally.ts";

/** How the servers of the stream are. */
export const SERVER_MOODS = [
  "well",
  "well",
  "slow",
  "lossy",
  "lagging",
  "without a leader",
  "full",
] as const;

type Mood = (typeof SERVER_MOODS)[number] | "very slow";

/** Of those that break their promises, too: each call takes longer than what it says is believed. */
export const WORSE_MOODS: readonly Mood[] = [...SERVER_MOODS, "very slow"];

const LOST = new StreamError("unavailable", "no answer");

/** How long a call takes, at least and at most. */
const PASS_MS: Partial<Record<Mood, readonly [number, number]>> = {
  slow: [0, 1_500],
  "very slow": [3_000, 12_000],
};

const FAULTS: readonly MemoryStreamFault[] = ["lose", "lose_answer", "refuse"];

/** Servers that lose calls and answers, take their time, and tell what is there twice. */
export class Servers {
  readonly stream: MemoryStream;
  readonly #dice: Dice;
  readonly #time: VirtualClock;
  mood: Mood = "well";
  #restarts = 0;
  #leader = "";
  /** By how much the clock of the one that decides is wrong. */
  #offsetMs = 0;

  constructor(dice: Dice, time: VirtualClock, tally: Tally) {
    this.#dice = dice;
    this.#time = time;
    this.stream = new MemoryStream({
      nowMs: () => time.nowMs() + this.#offsetMs,
      fault: (step) => {
        const fault = this.#fault(step === "publish");
        if (fault !== undefined) tally.streamFaults++;
        return fault;
      },
    });
    this.stream.lags = () => this.mood === "lagging" && dice.chance(0.2);
  }

  /** The connection of a process. @param isCut nothing of it arrives any more */
  connect(
    isCut: () => boolean,
    seen: <Result>(result: Promise<Result>) => Promise<Result>,
  ): StreamLog {
    const log = this.stream.connect(isCut);
    const late =
      <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        const restarts = this.#restarts;
        await this.#pass();
        // What is on its way when they end does not come to those that begin.
        const isLost = restarts !== this.#restarts;
        return await seen(isLost ? Promise.reject(LOST) : call(...args));
      };
    async function* told<Head>(heads: AsyncIterable<Head>): AsyncIterable<Head> {
      for await (const head of heads) {
        yield await seen(Promise.resolve(head));
      }
    }
    return {
      messageBytesMax: log.messageBytesMax,
      publish: late(log.publish.bind(log)),
      next: late(log.next.bind(log)),
      read: late(log.read.bind(log)),
      purge: late(log.purge.bind(log)),
      remove: late(log.remove.bind(log)),
      state: late(async () => ({ ...await log.state(), leader: this.#leader })),
      record: late(log.record.bind(log)),
      replaceRecord: late(log.replaceRecord.bind(log)),
      heads: (subject, from, signal) => told(log.heads(subject, from, signal)),
      headsNow: (subject, from) => told(log.headsNow(subject, from)),
      missingRights: log.missingRights.bind(log),
      close: () => log.close(),
    };
  }

  /** Another one decides, by another clock. */
  elect(): void {
    this.#leader = `server_${this.#dice.between(0, 2)}`;
    // Not so far that what is lost in an outage looks older than what was there before it.
    this.#offsetMs = this.#dice.between(0, 4_000);
  }

  /** They have ended, and begun with what they have. */
  restarted(): void {
    this.#restarts++;
  }

  #fault(isPublish: boolean): MemoryStreamFault | undefined {
    if (this.mood === "without a leader") return "lose";
    if (this.mood === "full" && isPublish) return "fill";
    if (this.mood === "lossy" && this.#dice.chance(0.2)) return this.#dice.pick(FAULTS);
    return undefined;
  }

  async #pass(): Promise<void> {
    const [least, most] = PASS_MS[this.mood] ?? [0, 3];
    const ms = this.#dice.between(least, most);
    await new Promise<void>((resolve) => this.#time.after(ms, resolve));
  }
}
