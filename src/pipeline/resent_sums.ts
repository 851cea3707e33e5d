/** What was sent again of several endpoints, as one. */
import type { PassedOver, ReplayedBatches, RetriedRequests } from "../contracts.ts";
import { PassedOverFiles } from "./passed_over_files.ts";

export function sumOfReplays(all: readonly ReplayedBatches[]): ReplayedBatches {
  return {
    batches: sumOf(all.map(({ batches }) => batches)),
    signals: sumOf(all.map(({ signals }) => signals)),
    ...sumOfPassedOver(all),
  };
}

/** @param asked the ids that were asked for: unknown is what none of the endpoints has */
export function sumOfRetries(
  all: readonly RetriedRequests[],
  asked: readonly string[] = [],
): RetriedRequests {
  return {
    requests: sumOf(all.map(({ requests }) => requests)),
    signals: sumOf(all.map(({ signals }) => signals)),
    ...sumOfPassedOver(all),
    unknownIds: [...new Set(asked)].filter((id) =>
      all.every(({ unknownIds }) => unknownIds.includes(id))
    ),
  };
}

/** The first hundred names of them all. */
export function sumOfPassedOver(all: readonly PassedOver[]): PassedOver {
  const files = new PassedOverFiles();
  for (const one of all) files.addAll(one);
  return files.told;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
