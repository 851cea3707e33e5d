import type { BatchCounts, EndpointEvents, SkipRule, StreamLog, StreamSeq } from "../contracts.ts";
import { StreamError, WalqError } from "../errors.ts";
import type { Inventory } from "../store/inventory.ts";
import type { BatchLoader } from "./batch_loader.ts";
import { wordsIn } from "./words.ts";

/** What {@link skipOlder} works with. */
interface SkippingDependencies {
  readonly log: StreamLog;
  readonly events: EndpointEvents;
  readonly subject: string;
  readonly inventory: Inventory;
  readonly loader: BatchLoader;
}

/**
 * Drops batches on purpose that wait and are old, by what the heads of their messages say. One
 * that is older in part stays, and so does one of which it cannot be told. See
 * {@link BatchStore.skip}.
 */
export async function skipOlder(
  { log, events, subject, inventory, loader }: SkippingDependencies,
  from: StreamSeq,
  rule: SkipRule,
): Promise<BatchCounts> {
  const sum = { batches: 0, signals: 0 };
  // What comes in meanwhile is another matter.
  const last = inventory.newest;
  try {
    for await (const head of log.headsNow(subject, from)) {
      const { seq } = head;
      if (seq > last) break;
      if (rule.signal.aborted) {
        const text = `Cannot skip more: got to ${sum.batches} batches, and is closed`;
        throw new WalqError("CLOSED", text);
      }
      const { signals, bytes, times } = wordsIn(head);
      if (!await isOlder(seq, times?.newestMs)) continue;
      if (rule.isDryRun ? !inventory.has(seq) : !inventory.takeWaiting(seq)) continue;
      sum.batches++;
      sum.signals += signals;
      if (rule.isDryRun) continue;
      inventory.giveUp(seq, { signals, bytes });
      loader.forget(seq);
      events.settled({ outcome: "skipped", signals });
      inventory.done(seq);
    }
  } catch (error) {
    if (!(error instanceof StreamError)) throw error;
    throw new WalqError("STORAGE", `Cannot skip: ${error.message}`, { cause: error });
  }
  return sum;

  async function isOlder(seq: StreamSeq, newestMs: number | undefined): Promise<boolean> {
    if (newestMs !== undefined) return newestMs < rule.beforeMs;
    try {
      const batch = await loader.look(seq);
      return batch !== undefined && rule.isOlder(batch);
    } catch (error) {
      if (error instanceof WalqError) return false;
      throw error;
    }
  }
}
