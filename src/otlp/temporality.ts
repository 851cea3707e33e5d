import type { Temporality } from "./model.ts";

/** By the numbers of OTLP (AggregationTemporality); others are none that is known. */
export function temporalityOf(number: number): Temporality {
  if (number === 1) return "delta";
  return number === 2 ? "cumulative" : "unspecified";
}
