/** A batch as a list of rows, with the rules of the kernel's writer. */
import type { AddOptions, AddResult } from "../../../src/contracts.ts";
import { samplesOnly } from "../../support/counts.ts";
import { brokenRule, hashOf, normalise, show } from "./labels.ts";
import { keyOf, type Label, type Row } from "./model.ts";
import { parseRequest } from "./request_parse.ts";

/** Which timestamps are taken. */
export type TimeBounds = Pick<AddOptions, "cutoffMs" | "latestMs">;

/** The series' first name that is one, as a message begins with it. */
function nameOf(labels: readonly Label[]): string {
  const found = labels.find(({ name, value }) => keyOf(name) === "__name__" && value.length > 0);
  return found === undefined ? "" : `metric ${show(found.value)}: `;
}

export class TwinBatch {
  rows: Row[] = [];

  /** Throws Malformed, with the batch as it was. */
  add(request: Uint8Array, { cutoffMs, latestMs }: TimeBounds): AddResult {
    const { series, metadata } = parseRequest(request);
    const counts = { accepted: 0, expired: 0, invalid: 0, unsupported: metadata };
    let firstInvalid: string | undefined;
    let firstExpired: string | undefined;
    let newest = -(1n << 63n);
    for (const { labels, samples, unsupported, at } of series) {
      counts.unsupported += unsupported;
      if (samples.length === 0) continue;
      const sorted = normalise(labels);
      const broken = brokenRule(sorted);
      if (broken !== undefined) {
        firstInvalid ??= `${nameOf(labels)}${broken} in the series at byte ${at} of the request`;
        counts.invalid += samples.length;
        continue;
      }
      const hash = hashOf(sorted);
      for (const sample of samples) {
        const { timestampMs } = sample;
        if (timestampMs <= latestMs && timestampMs > newest) newest = timestampMs;
        const metric = `metric ${metricOf(sorted)}: timestamp ${Number(timestampMs)}`;
        if (timestampMs < cutoffMs) {
          counts.expired++;
          firstExpired ??= metric + whyExpired(Number(timestampMs), cutoffMs);
        } else if (timestampMs > latestMs) {
          counts.invalid++;
          const what = `timestamp ${Number(timestampMs)}${whyNoTime(Number(timestampMs))}`;
          firstInvalid ??= `${nameOf(labels)}${what} in the series at byte ${at} of the request`;
        } else {
          counts.accepted++;
          this.rows.push({ labels: sorted, sample, hash });
        }
      }
    }
    return {
      ...counts,
      kinds: samplesOnly(counts.accepted),
      newestMs: Number(newest),
      ...(firstInvalid === undefined ? {} : { firstInvalid }),
      ...(firstExpired === undefined ? {} : { firstExpired }),
    };
  }
}

function metricOf(labels: readonly Label[]): string {
  return show(labels.find(({ name }) => keyOf(name) === "__name__")!.value);
}

function whyExpired(timestampMs: number, cutoffMs: number): string {
  if (isWithin(timestampMs, 1e8, 1e10)) return " looks like seconds, expected milliseconds";
  return `${date(timestampMs)} is before ${cutoffMs}${date(cutoffMs)}`;
}

function whyNoTime(timestampMs: number): string {
  if (isWithin(timestampMs, 1e14, 1e16)) return " looks like microseconds, expected milliseconds";
  if (isWithin(timestampMs, 1e17, 1e19)) return " looks like nanoseconds, expected milliseconds";
  return " is no time in milliseconds, expected at most 99999999999999";
}

function isWithin(value: number, min: number, end: number): boolean {
  return value >= min && value < end;
}

function date(timeMs: number): string {
  return timeMs >= 0 && timeMs < Date.UTC(10_000, 0) ? ` (${new Date(timeMs).toISOString()})` : "";
}
