import type { StreamHead, StreamHeaders } from "../contracts.ts";
import type { BatchSize } from "../store/batch_size.ts";

/**
 * What a message's headers say of the batch in it, so that a backlog is counted without
 * being read. Whole numbers, in decimal.
 */
const SIGNALS = "Walq-Signals";
const OLDEST_MS = "Walq-Oldest-Ms";
const NEWEST_MS = "Walq-Newest-Ms";
/** The endpoint that alone is to get it: what is sent again was refused by one. */
const ONLY = "Walq-Only";
/** The numbers of the messages that hold what comes before this one's data, in order. */
const PIECES = "Walq-Pieces";
/** The bytes of all of them together with this one's. */
const BYTES = "Walq-Bytes";

/** What the headers of a batch say. */
export interface BatchWords extends BatchSize {
  readonly only: string | undefined;
  readonly pieces: readonly number[];
}

/** The headers of a batch. */
export function headersOf({ signals, bytes, times, only, pieces }: BatchWords): StreamHeaders {
  return {
    [SIGNALS]: String(signals),
    // Of no rows at all the oldest is the end of time.
    ...(times && times.oldestMs <= times.newestMs &&
      { [OLDEST_MS]: String(times.oldestMs), [NEWEST_MS]: String(times.newestMs) }),
    ...(only !== undefined && { [ONLY]: only }),
    ...(pieces.length > 0 && { [PIECES]: pieces.join(","), [BYTES]: String(bytes) }),
  };
}

/**
 * The same read again. A message of somebody else, or with headers that are damaged, counts
 * as no signals: what it holds is looked at when its turn to be sent comes.
 */
export function wordsIn({ headers, bytes }: Pick<StreamHead, "headers" | "bytes">): BatchWords {
  const [oldestMs, newestMs] = [headers[OLDEST_MS], headers[NEWEST_MS]].map(wholeNumber);
  const isInOrder = oldestMs !== undefined && newestMs !== undefined && oldestMs <= newestMs;
  return {
    signals: Math.max(0, wholeNumber(headers[SIGNALS]) ?? 0),
    bytes: Math.max(bytes, wholeNumber(headers[BYTES]) ?? 0),
    times: isInOrder ? { oldestMs, newestMs } : undefined,
    only: headers[ONLY],
    pieces: (headers[PIECES] ?? "").split(",").flatMap((text) => wholeNumber(text) ?? []),
  };
}

function wholeNumber(text: string = ""): number | undefined {
  return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}
