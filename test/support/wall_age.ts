import type { AgeJudge, Clock } from "../../src/contracts.ts";

/** Judges by the wall clock, whatever it shows: for stages that are tested alone. */
export function wallAge(clock: Pick<Clock, "nowMs">): AgeJudge {
  return { cutoffMs: (ttlMs) => clock.nowMs() - ttlMs };
}
