import type { StreamLog, StreamSeq } from "../contracts.ts";
import type { HeldPartition } from "./held_partition.ts";
import type { StreamSubjects } from "./subjects.ts";

/** How far something was met. */
export interface Met {
  /** Up to this number. */
  readonly seq: StreamSeq;
  /** When the newest of it was stored, by the servers' clock. */
  readonly storedAtMs: number;
}

/**
 * The first message of a subject that has a number of those that were met, and is another one:
 * it was stored later than all of them, so the servers have lost what had its number. Undefined
 * where there is none.
 *
 * Numbers and times grow together. Mostly nothing is left of what was met, which takes one look;
 * else it takes as many as a number has bits.
 *
 * @throws {StreamError}
 */
export async function givenAgain(
  log: Pick<StreamLog, "next">,
  subject: string,
  { seq, storedAtMs }: Met,
): Promise<StreamSeq | undefined> {
  let first: StreamSeq | undefined;
  let [low, high] = [1, seq + 1];
  for (let at = low; low < high; at = Math.floor((low + high) / 2)) {
    const head = await log.next(subject, at);
    const isMet = head !== undefined && head.seq <= seq;
    if (isMet && head.storedAtMs <= storedAtMs) low = head.seq + 1;
    else {
      if (isMet) first = head.seq;
      high = at;
    }
  }
  return first;
}

/** What a look at partitions needs. */
interface LookDependencies {
  readonly endpoint: string;
  readonly log: Pick<StreamLog, "next">;
  readonly subjects: StreamSubjects;
}

/**
 * The same of partitions, of what an endpoint has had of them by what is written down: whoever
 * sent them saw what was there, and nobody may have looked since.
 *
 * @throws {StreamError}
 */
export async function givenAgainIn(
  held: readonly HeldPartition[],
  { endpoint, log, subjects }: LookDependencies,
): Promise<StreamSeq | undefined> {
  const all = await Promise.all(held.map(({ partition, ownership }) => {
    const seq = ownership.cursor(endpoint) ?? 0;
    const storedAtMs = ownership.newestMs(endpoint);
    if (storedAtMs === undefined) return undefined;
    return givenAgain(log, subjects.batches(partition), { seq, storedAtMs });
  }));
  const found = all.filter((seq) => seq !== undefined);
  return found.length === 0 ? undefined : Math.min(...found);
}
