import type { HttpAnswer } from "../../src/contracts.ts";
import { makeAnswer, type VirtualClock } from "../../src/testing/memory.ts";
import { decodeRequest } from "../support/remote_write_v1.ts";

/** A signal of the model stands for so many samples: a day has billions of them. */
export const SAMPLES_A_SIGNAL = 10_000;
/** How many of them the limited endpoint takes in a second. */
export const LIMIT_SAMPLES_S = 70_000;
/** The limited endpoint lets so many seconds of its limit come at once. */
const BURST_S = 5;

export type EndpointName = "fast" | "slow" | "recovering" | "limited";
/** The endpoints, by name, with what each is like. */
export const ENDPOINTS: Readonly<Record<EndpointName, string>> = {
  fast: "takes 400,000 samples a second by each connection",
  slow: "takes 10,000 samples a second by each connection",
  recovering: "as fast; down for a twelfth of the day, then slow for another, with 503s",
  limited: "takes 70,000 samples a second in all, and answers 429 to what is over",
};
export const NAMES: readonly EndpointName[] = ["fast", "slow", "recovering", "limited"];

/** When the endpoint that recovers is down, and when it is slow, as parts of the day. */
export const DOWN: readonly [number, number] = [9 / 24, 11 / 24];
export const SLOW: readonly [number, number] = [11 / 24, 13 / 24];

/** Plays the endpoints for a day that may be shorter than one. */
export class DayEndpoints {
  readonly #time: VirtualClock;
  readonly #dayMs: number;
  /** Answers that were no 2xx, by endpoint. */
  readonly errors: Record<EndpointName, number> = { fast: 0, slow: 0, recovering: 0, limited: 0 };
  #room = LIMIT_SAMPLES_S * BURST_S;
  #roomMs = 0;
  #requests = 0;

  constructor(time: VirtualClock, dayMs: number) {
    this.#time = time;
    this.#dayMs = dayMs;
  }

  async answer(name: EndpointName, body: Uint8Array): Promise<HttpAnswer> {
    const samples = decodeRequest(body).length * SAMPLES_A_SIGNAL;
    const [status, ms] = this.#outcome(name, samples);
    await new Promise<void>((resolve) => void this.#time.after(ms, resolve));
    if (status !== 204) this.errors[name]++;
    return makeAnswer(status, "", status === 429 ? { "retry-after": "1" } : {});
  }

  /** The status, and after how many milliseconds. */
  #outcome(name: EndpointName, samples: number): readonly [number, number] {
    const fastMs = 20 + samples / 400;
    const slowMs = 20 + samples / 10;
    if (name === "fast") return [204, fastMs];
    if (name === "slow") return [204, slowMs];
    if (name === "limited") return this.#takes(samples) ? [204, fastMs] : [429, 20];
    const part = this.#time.monotonicMs() / this.#dayMs;
    if (part >= DOWN[0] && part < DOWN[1]) return [503, 20];
    if (part >= SLOW[0] && part < SLOW[1]) return [this.#requests++ % 8 === 0 ? 503 : 204, slowMs];
    return [204, fastMs];
  }

  /** Whether there is room for so many more under the limit. */
  #takes(samples: number): boolean {
    const nowMs = this.#time.monotonicMs();
    const more = (nowMs - this.#roomMs) / 1000 * LIMIT_SAMPLES_S;
    this.#room = Math.min(LIMIT_SAMPLES_S * BURST_S, this.#room + more);
    this.#roomMs = nowMs;
    if (samples > this.#room) return false;
    this.#room -= samples;
    return true;
  }
}
