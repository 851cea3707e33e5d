import type { LoadableBatch } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { readMeta } from "../formats/meta.ts";
import { decodeRecord } from "./record.ts";

/** The batch in these bytes, which have to stay as they are; undefined where they are damaged, or no batch. */
export function storedBatch(bytes: Uint8Array): LoadableBatch | undefined {
  try {
    const { meta, data } = decodeRecord(bytes);
    return { ...readMeta(meta), data };
  } catch (error) {
    if (error instanceof WalqError) return undefined;
    throw error;
  }
}
