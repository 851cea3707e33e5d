import assert from "node:assert/strict";
import { parseValue, type QueriedSeries } from "./prometheus.ts";
import type { LabelPairs } from "./write_request.ts";

/** What was sent: `rows` series, each with a sample at every one of the timestamps. */
export interface Sent {
  readonly name: string;
  readonly rows: number;
  readonly timestampsMs: readonly number[];
  readonly labelsOf: (id: number) => LabelPairs;
  readonly valueOf: (id: number, step: number) => number;
}

/** Holds every sample found against every sample sent: labels, timestamps and values. */
export function assertAllFound(found: readonly QueriedSeries[], sent: Sent): void {
  const { name, rows, timestampsMs } = sent;
  assert.equal(found.length, rows, `series of ${name} found`);
  const seen = new Set<number>();
  for (const { metric, values } of found) {
    const id = Number(metric["id"]);
    seen.add(id);
    assert.deepEqual(metric, Object.fromEntries(sent.labelsOf(id)));
    assert.equal(values.length, timestampsMs.length, `samples of ${name} ${id}`);
    for (const [step, [seconds, text]] of values.entries()) {
      const place = `${name} ${id} at step ${step}`;
      assert.equal(Math.round(seconds * 1000), timestampsMs[step], `timestamp of ${place}`);
      const value = parseValue(text);
      assert.ok(Object.is(value, sent.valueOf(id, step)), `value of ${place}: found ${value}`);
    }
  }
  assert.equal(seen.size, rows, `different series of ${name} found`);
}

/** Values of every kind that remote write can carry, a different one for each sample. */
export function anyValue(id: number, step: number): number {
  if (step === 0) {
    const special = [NaN, Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE][id];
    if (special !== undefined) return special;
  }
  return id * 1.1 + step / 3 - 1000;
}
