import type { Clock, StreamLog, StreamSeq } from "../contracts.ts";
import type { PartitionSubjects } from "./partition.ts";
import { wordsIn } from "./words.ts";

/** Longer than servers know an id: a batch that is published later has pieces of its own. */
export const STRAY_MS: number = 2 * 3_600_000;

/**
 * Deletes pieces whose batch never came: its publisher died, or gave it up. Returns how many
 * there were.
 *
 * @param from batches below it have their outcome, and with them their pieces
 * @throws {StreamError}
 */
export async function removeStrayPieces(
  { log, clock, subjects }: {
    readonly log: StreamLog;
    readonly clock: Clock;
    readonly subjects: PartitionSubjects;
  },
  from: StreamSeq,
): Promise<number> {
  const needed = new Set<StreamSeq>();
  for (const [subject, first] of [[subjects.batches, from], [subjects.aside, 1]] as const) {
    for await (const head of log.headsNow(subject, first)) {
      for (const seq of wordsIn(head).pieces) needed.add(seq);
    }
  }
  let removed = 0;
  for await (const { seq, storedAtMs } of log.headsNow(subjects.pieces, 1)) {
    if (needed.has(seq) || clock.nowMs() - storedAtMs < STRAY_MS) continue;
    await log.remove(seq);
    removed++;
  }
  return removed;
}
