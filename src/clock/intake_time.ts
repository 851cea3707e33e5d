import type { AgeJudge } from "../contracts.ts";
import type { EndpointTime } from "./endpoint_time.ts";

/**
 * By which time it is judged how old signals are that come in, for all endpoints:
 * the earliest by which one of the endpoints judges that have said what time it is;
 * if none has, the earliest of all.
 */
export class IntakeTime implements AgeJudge {
  readonly #times: () => readonly EndpointTime[];

  constructor(times: () => readonly EndpointTime[]) {
    this.#times = times;
  }

  cutoffMs(ttlMs: number): number {
    let confirmedMs = Infinity;
    let anyMs = Infinity;
    for (const time of this.#times()) {
      const nowMs = time.nowMs();
      anyMs = Math.min(anyMs, nowMs);
      if (time.isConfirmed) confirmedMs = Math.min(confirmedMs, nowMs);
    }
    return (confirmedMs < Infinity ? confirmedMs : anyMs) - ttlMs;
  }
}
