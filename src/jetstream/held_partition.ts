import type { Ownership } from "./ownership.ts";

/** A partition that this process sends, and its lease. */
export interface HeldPartition {
  readonly partition: number;
  readonly ownership: Ownership;
}
