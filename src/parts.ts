import type { RequestPart } from "./contracts.ts";

/** The accounts of a request in two. */
interface DividedParts {
  readonly taken: RequestPart[];
  readonly rest: RequestPart[];
}

/**
 * Divides the accounts of a request between some of its signals and the rest.
 * `countTaken` says how many of the signals from one number up to another are taken.
 */
export function divideParts(
  parts: readonly RequestPart[],
  countTaken: (from: number, to: number) => number,
): DividedParts {
  const taken: RequestPart[] = [];
  const rest: RequestPart[] = [];
  let from = 0;
  for (const { batchId, signals } of parts) {
    const here = countTaken(from, from + signals);
    if (here > 0) taken.push({ batchId, signals: here });
    if (here < signals) rest.push({ batchId, signals: signals - here });
    from += signals;
  }
  return { taken, rest };
}

/** For {@link divideParts}: so many, from the first one on. */
export function firstOnes(signals: number): (from: number, to: number) => number {
  return (from, to) => Math.max(0, Math.min(to, signals) - from);
}

/** Signals of all parts. */
export function signalsIn(parts: readonly RequestPart[]): number {
  return parts.reduce((sum, { signals }) => sum + signals, 0);
}
