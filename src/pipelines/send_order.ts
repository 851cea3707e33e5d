import type { BatchId } from "../contracts.ts";
import type { Pipeline } from "../pipeline.ts";

/** Pipelines that send one after the other; undefined for one that is still to come. */
export type SendOrder = readonly (Pipeline | undefined)[];

/** Nothing is overtaken: those behind the first stop before it begins. */
export async function pauseAllButFirst(orders: readonly SendOrder[]): Promise<void> {
  await Promise.all(orders.flatMap(([_first, ...rest]) => rest.map((one) => one?.pause())));
}

/** Age is the id of the oldest batch; a pipeline without any is the youngest. */
export function ageOf({ store }: Pipeline): BatchId {
  return store.oldest?.first ?? Infinity;
}

/**
 * The id below which the first in an order may send: then it is another one's turn. In
 * a run of ids none is missing, so an id that another pipeline has in the same run is
 * the same batch, and is not worth a turn.
 */
export function endOfTurn(first: Pipeline, rest: SendOrder): BatchId {
  const others = Math.min(...rest.map((one) => one === undefined ? Infinity : ageOf(one)));
  const { first: oldest, last } = first.store.oldest ?? { first: Infinity, last: Infinity };
  const isAmong = others >= oldest && others <= last;
  return isAmong ? last + 1 : others;
}
