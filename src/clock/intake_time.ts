import type { AgeJudge } from "../contracts.ts";
import type { EndpointTime } from "./endpoint_time.ts";

/**
 * The time by which the age of incoming signals is judged, for all endpoints: the
 * earliest time of those endpoints that have said what time it is. If none has, the
 * earliest of all.
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
