import type { Clock, StreamLog, StreamSeq } from "../contracts.ts";
import type { StreamSubjects } from "./subjects.ts";
import { wordsIn } from "./words.ts";

/** Longer than servers know an id: a batch that is published later has pieces of its own. */
export const STRAY_MS: number = 2 * 3_600_000;

/**
 * Deletes pieces in a partition whose batch never came: its publisher died, or gave it up. Returns how many
 * there were.
 *
 * @param from batches below it have their outcome, and with them their pieces
 * @throws {StreamError}
 */
export async function removeStrayPieces(
  { log, clock, subjects, partition }: {
    readonly log: StreamLog;
    readonly clock: Clock;
    readonly subjects: StreamSubjects;
    readonly partition: number;
  },
  from: StreamSeq,
): Promise<number> {
  const needed = new Set<StreamSeq>();
  const places = [[subjects.batches(partition), from], [subjects.aside, 1]] as const;
  for (const [subject, first] of places) {
    for await (const head of log.headsNow(subject, first)) {
      for (const seq of wordsIn(head).pieces) needed.add(seq);
    }
  }
  let removed = 0;
  for await (const { seq, storedAtMs } of log.headsNow(subjects.pieces(partition), 1)) {
    if (needed.has(seq) || clock.nowMs() - storedAtMs < STRAY_MS) continue;
    await log.remove(seq);
    removed++;
  }
  return removed;
}
