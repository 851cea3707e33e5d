import { parseDuration } from "../../duration.ts";

/** RFC 3339 with a zone: without one a text would mean another moment on another machine. */
const DATE = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** As Prometheus's API has it; what has more digits is not meant as seconds. */
const SECONDS = /^\d{1,11}(?:\.\d{1,9})?$/;

/** What a moment may look like, for messages. */
export const EXPECTED_MOMENT: string =
  'a moment such as "2026-11-30T08:00:00Z", "1795939200" (seconds since the epoch), ' +
  '"4h" (so long ago) or "now"';

/** Milliseconds since the epoch of a moment as the command line has it; undefined for what is none. */
export function parseMoment(text: string, nowMs: number): number | undefined {
  if (text === "now") return nowMs;
  if (SECONDS.test(text)) return Math.round(Number(text) * 1000);
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return nowMs - agoMs;
  if (!DATE.test(text) && !DAY.test(text)) return undefined;
  // "30 February" would be a day in March.
  const day = text.slice(0, 10);
  const dayMs = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== day) return undefined;
  const ms = Date.parse(text.replace(" ", "T"));
  return Number.isNaN(ms) ? undefined : ms;
}

/** A moment as people read it, to the millisecond, in UTC. */
export function shownMoment(timestampMs: number): string {
  const date = new Date(timestampMs);
  return Number.isNaN(date.getTime()) ? `${timestampMs} ms` : date.toISOString();
}
