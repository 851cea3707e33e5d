import type { Clock, Logger } from "../contracts.ts";
import { backoffMs } from "../actor/backoff.ts";
import { sleep } from "../actor/sleep.ts";
import { StreamError, WalqError } from "../errors.ts";
import type { QueueLike } from "./queue_like.ts";

const RETRY_FIRST_MS = 1_000;
const RETRY_MS_MAX = 15_000;

/** What {@link openReached} works with. */
interface OpenReachedDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the wait for servers. */
  readonly signal: AbortSignal;
}

/**
 * Opens the queue. A host may be there before its network is, and before the servers of its
 * stream: then it is tried until one of them answers. Undefined when the signal aborted while
 * none did. What somebody has to change, and what is of the disk, is thrown at once.
 *
 * @throws {WalqError}
 */
export async function openReached(
  open: () => Promise<QueueLike>,
  { clock, logger, signal }: OpenReachedDependencies,
): Promise<QueueLike | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const sinceMs = clock.monotonicMs();
  for (let failures = 0;; failures++) {
    const opening = open();
    try {
      // Of the first one nobody knows yet what it waits for.
      const queue = failures === 0 ? await opening : await Promise.race([opening, aborted]);
      if (queue === undefined) {
        // What still comes of it is nobody's.
        opening.then((late) => late.close({ graceMs: 0 })).catch(() => {});
        return undefined;
      }
      if (failures > 0) {
        const waited_ms = Math.round(clock.monotonicMs() - sinceMs);
        logger.info("a server of the stream answers", { waited_ms });
      }
      return queue;
    } catch (error) {
      if (!isUnreached(error)) throw error;
      if (failures === 0) {
        logger.warn("no server of the stream answers: walq is not ready until one does", {
          error: error.message,
        });
      }
    }
    const delayMs = backoffMs(failures, RETRY_FIRST_MS, RETRY_MS_MAX);
    if (!await sleep(clock, delayMs, signal)) return undefined;
  }
}

function isUnreached(error: unknown): error is WalqError {
  if (!(error instanceof WalqError) || error.code !== "STORAGE") return false;
  return error.cause instanceof StreamError && error.cause.code === "unavailable";
}
