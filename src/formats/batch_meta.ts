import type { SentAgain } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import type { SignalCounts } from "../types.ts";

/** The Meta of a file: texts by key. */
export type Meta = Readonly<Record<string, string>>;

/** What Meta says of a batch. */
export interface BatchMeta {
  readonly format: string;
  readonly compression: string;
  /** Signals of all kinds, or what the format counts in place of them. */
  readonly signals: number;
  /** Over Data, where the writer left one: Alloy does not. */
  readonly checksum: string | undefined;
  /** When its signals are from; undefined where the format or the file does not say. */
  readonly times?: BatchTimes | undefined;
  /** The same by kind, where the format says it. */
  readonly kinds?: SignalCounts | undefined;
  /** What is sent again on purpose. */
  readonly again?: SentAgain | undefined;
}

/** All timestamps of a batch lie between these two, in milliseconds since the epoch. */
export interface BatchTimes {
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** What Meta says of the timestamps; nothing of a batch that has none. */
export function metaOfTimes({ oldestMs, newestMs }: BatchTimes): Meta {
  // Of no rows at all the oldest is the end of time.
  return oldestMs > newestMs ? {} : { oldest_ms: String(oldestMs), newest_ms: String(newestMs) };
}

/**
 * The same read again; undefined where nothing is said.
 *
 * @throws {WalqError} `CORRUPT` when it is damaged.
 */
export function timesIn(meta: Meta): BatchTimes | undefined {
  const { oldest_ms: oldest, newest_ms: newest } = meta;
  if (oldest === undefined && newest === undefined) return undefined;
  const times = { oldestMs: timeOf(oldest), newestMs: timeOf(newest) };
  if (times.oldestMs <= times.newestMs) return times;
  throw new WalqError(
    "CORRUPT",
    `Cannot read Meta: got oldest_ms "${oldest}" and newest_ms "${newest}", expected two times in order`,
  );
}

/** NaN for what is none: it is in no order. */
function timeOf(text: string = ""): number {
  return /^-?[0-9]{1,19}$/.test(text) ? Number(text) : NaN;
}

/** What Meta says of a batch that is sent again on purpose, whatever its format. */
export function metaOfAgain(again: SentAgain | undefined): Meta {
  return again === undefined ? {} : { sent_again: again };
}

/**
 * The same read again; undefined for what was never sent before.
 *
 * @throws {WalqError} `CORRUPT` when it is neither.
 */
export function againIn({ sent_again: again }: Meta): SentAgain | undefined {
  if (again === undefined || again === "request" || again === "batch") return again;
  throw new WalqError(
    "CORRUPT",
    `Cannot read Meta: got sent_again "${again.slice(0, 64)}", expected "request" or "batch"`,
  );
}

/**
 * A count in Meta; 0 when the key is missing.
 *
 * @throws {WalqError} `CORRUPT` when it is not a count.
 */
export function countIn(meta: Meta, key: string): number {
  const text = meta[key] ?? "0";
  if (!/^[0-9]{1,9}$/.test(text)) {
    throw new WalqError("CORRUPT", `Cannot read Meta: got ${key} "${text}", expected a count`);
  }
  return Number(text);
}
