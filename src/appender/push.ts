/** Numbers into a transaction, for who has a few of them: in the forms of prometheus-remote-write. */
import type { Labels } from "../types.ts";
import type { Appender } from "./appender.ts";

/** One series with its samples, as the npm package prometheus-remote-write has it. */
export interface PushedSeries {
  /** With the name of the metric, as `__name__`. */
  readonly labels: Labels;
  /** At least one, in the order of their timestamps. */
  readonly samples: readonly PushedSample[];
}

/** A sample of a {@link PushedSeries}. */
export interface PushedSample {
  /** Any number. */
  readonly value: number;
  /** Milliseconds since the epoch. @default now */
  readonly timestamp?: number;
}

/** What can be pushed: numbers by the names of their metrics, or series with samples. */
export type Pushed = Readonly<Record<string, number>> | PushedSeries | readonly PushedSeries[];

/**
 * Appends all that was pushed. What has no timestamp gets one of `nextMs`, all of it the same.
 *
 * @throws as the appender does, and a TypeError for what is neither numbers nor series.
 */
export function appendPushed(
  appender: Appender,
  pushed: Pushed,
  labels: Labels,
  nextMs: () => number,
): void {
  let nowMs: number | undefined;
  const timeOf = (given: number | undefined): number => given ?? (nowMs ??= nextMs());
  for (const { labels: own, samples } of seriesIn(pushed)) {
    const all = { ...labels, ...own };
    for (const { value, timestamp } of samples) appender.append(all, timeOf(timestamp), value);
  }
}

function seriesIn(pushed: Pushed): readonly PushedSeries[] {
  if (typeof pushed !== "object" || pushed === null) {
    throw new TypeError(`Cannot push: got ${pushed}, expected an object of names and numbers`);
  }
  if (isList(pushed)) return pushed.map(checkSeries);
  if (isSeries(pushed)) return [checkSeries(pushed)];
  return Object.entries(pushed).map(([name, value]) => {
    if (typeof value === "number") return { labels: { __name__: name }, samples: [{ value }] };
    throw new TypeError(
      `Cannot push: got a ${typeof value} as value of "${name}", expected a number`,
    );
  });
}

/** Array.isArray takes no read-only array for one. */
function isList(pushed: Pushed): pushed is readonly PushedSeries[] {
  return Array.isArray(pushed);
}

/** A metric may be called `labels` or `samples`: then it is a number. */
function isSeries(pushed: Readonly<Record<string, number>> | PushedSeries): pushed is PushedSeries {
  return typeof pushed["labels"] === "object" || typeof pushed["samples"] === "object";
}

function checkSeries(series: PushedSeries): PushedSeries {
  if (typeof series?.labels === "object" && Array.isArray(series.samples)) return series;
  throw new TypeError("Cannot push: got a series without labels or samples, expected both");
}
