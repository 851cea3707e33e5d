/** What each of several things costs, when only sums of them were measured. */

/** What one measurement had of each thing, and what it cost in all. */
export interface Measurement {
  readonly has: readonly number[];
  readonly cost: number;
}

/**
 * The costs, none below zero, by which the sums are the least wrong, each by its own size. Of few
 * things, as it tries each choice of those that cost anything.
 */
export function fit(things: number, measurements: readonly Measurement[]): number[] {
  const used = measurements.filter(({ cost }) => cost > 0);
  let best = new Array<number>(things).fill(0);
  let bestError = errorOf(best, used);
  for (let choice = 1; choice < 2 ** things; choice++) {
    const chosen = best.map((_, thing) => thing).filter((thing) => choice & (1 << thing));
    const solved = leastSquares(chosen, used);
    if (solved === undefined || solved.some((cost) => cost < 0)) continue;
    const costs = new Array<number>(things).fill(0);
    for (const [at, thing] of chosen.entries()) costs[thing] = solved[at]!;
    const error = errorOf(costs, used);
    if (error < bestError - 1e-12) [best, bestError] = [costs, error];
  }
  return best;
}

/** How far the worst sum is from what was measured, as a share of that. */
export function worstOf(costs: readonly number[], measurements: readonly Measurement[]): number {
  return Math.max(
    0,
    ...measurements.filter(({ cost }) => cost > 0).map(({ has, cost }) =>
      Math.abs(sumOf(costs, has) / cost - 1)
    ),
  );
}

function errorOf(costs: readonly number[], measurements: readonly Measurement[]): number {
  return measurements.reduce(
    (sum, { has, cost }) => sum + (sumOf(costs, has) / cost - 1) ** 2,
    0,
  );
}

function sumOf(costs: readonly number[], has: readonly number[]): number {
  return costs.reduce((sum, cost, thing) => sum + cost * has[thing]!, 0);
}

/** Undefined where the measurements do not tell the things apart. */
function leastSquares(
  chosen: readonly number[],
  measurements: readonly Measurement[],
): number[] | undefined {
  const size = chosen.length;
  // Each thing by its own size: messages a sample are a hundredth, and samples one.
  const scales = chosen.map((thing) =>
    Math.max(...measurements.map(({ has, cost }) => Math.abs(has[thing]! / cost)))
  );
  if (scales.some((scale) => !(scale > 0))) return undefined;
  const rows = measurements.map(({ has, cost }) =>
    chosen.map((thing, at) => has[thing]! / cost / scales[at]!)
  );
  const matrix = chosen.map((_, i) => [
    ...chosen.map((_, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
    rows.reduce((sum, row) => sum + row[i]!, 0),
  ]);
  for (let pivot = 0; pivot < size; pivot++) {
    let largest = pivot;
    for (let row = pivot; row < size; row++) {
      if (Math.abs(matrix[row]![pivot]!) > Math.abs(matrix[largest]![pivot]!)) largest = row;
    }
    [matrix[pivot], matrix[largest]] = [matrix[largest]!, matrix[pivot]!];
    const by = matrix[pivot]![pivot]!;
    if (Math.abs(by) < 1e-9) return undefined;
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue;
      const factor = matrix[row]![pivot]! / by;
      for (let at = pivot; at <= size; at++) matrix[row]![at]! -= factor * matrix[pivot]![at]!;
    }
  }
  return chosen.map((_, at) => matrix[at]![size]! / matrix[at]![at]! / scales[at]!);
}
