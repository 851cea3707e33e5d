import { type EndpointName, NAMES } from "./endpoints.ts";
import type { Day, Point } from "./run_day.ts";

/** What a day comes to, for one endpoint. */
export interface Figures {
  readonly name: EndpointName;
  /** Changes of the number of shards that are to be seen from point to point. */
  readonly changes: number;
  readonly shardsMin: number;
  readonly shardsMax: number;
  readonly driftMsMax: number;
  /** How long in all what was sent was more than a minute behind. */
  readonly behindMs: number;
  /** Whether nothing is behind at the end. */
  readonly isThrough: boolean;
}

const LATE_MS = 60_000;

export function figuresOf({ points }: Day): Figures[] {
  return NAMES.map((name) => {
    const all = points[name];
    const shards = all.map((point) => point.shards);
    const everyMs = all[1]!.atMs - all[0]!.atMs;
    return {
      name,
      changes: shards.filter((one, at) => at > 0 && one !== shards[at - 1]).length,
      shardsMin: Math.min(...shards),
      shardsMax: Math.max(...shards),
      driftMsMax: Math.max(...all.map(({ driftMs }) => driftMs)),
      behindMs: all.filter(({ driftMs }) => driftMs > LATE_MS).length * everyMs,
      isThrough: all.at(-1)!.driftMs <= LATE_MS,
    };
  });
}

/** The points between two parts of the day. */
export function between(day: Day, name: EndpointName, from: number, to: number): Point[] {
  return day.points[name].filter(({ atMs }) => atMs >= from * day.dayMs && atMs < to * day.dayMs);
}
