import { WalqError } from "../errors.ts";

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
