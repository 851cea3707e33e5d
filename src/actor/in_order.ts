import { Waiters } from "./waiters.ts";

/** What is done with what comes. */
export interface TwoSteps<Item, Begun> {
  /** Items that have begun, and not ended, at most. */
  readonly max: number;
  /** What can be done before all earlier ones have ended; undefined where that is nothing. */
  readonly begin: (item: Item) => Promise<Begun> | undefined;
  /** The rest, when they have. */
  readonly end: (item: Item, begun: Begun | undefined) => Promise<void> | void;
}

/**
 * Does something with each item, in order, and begins with the next ones while it is waited
 * for the one before. Resolves when there are no more; a failure of one ends all by `stop`, and is thrown.
 *
 * @param stop ends the items when it aborts
 */
export async function inOrder<Item, Begun>(
  items: AsyncIterable<Item>,
  stop: AbortController,
  { max, begin, end }: TwoSteps<Item, Begun>,
): Promise<void> {
  const waiters = new Waiters();
  const failures: unknown[] = [];
  let last: Promise<void> = Promise.resolve();
  let under = 0;
  const finish = async (item: Item, begun: Promise<Begun> | undefined): Promise<void> => {
    try {
      const result = await begun;
      if (!stop.signal.aborted) await end(item, result);
    } catch (error) {
      failures.push(error);
      stop.abort();
    }
    under--;
    waiters.changed();
  };
  try {
    for await (const item of items) {
      if (stop.signal.aborted) break;
      const begun = begin(item);
      // It is looked at when its turn comes, if it does.
      begun?.catch(() => {});
      under++;
      last = last.then(() => finish(item, begun));
      await waiters.until(() => under < max, stop.signal);
    }
  } finally {
    await last;
  }
  if (failures.length > 0) throw failures[0];
}
