import type { StreamSeq } from "../contracts.ts";

/**
 * How large the messages are at most that come from a number on, of those that were met: of
 * each power of two it is remembered which is the newest with so many bytes.
 */
export class MessageSizes {
  readonly #newest: StreamSeq[] = [];

  /** Newer than all before it. */
  met(seq: StreamSeq, bytes: number): void {
    this.#newest[Math.ceil(Math.log2(Math.max(1, bytes)))] = seq;
  }

  /** Bytes that none of them is larger than; 0 when there are none. */
  largestFrom(seq: StreamSeq): number {
    const power = this.#newest.findLastIndex((newest) => newest >= seq);
    return power < 0 ? 0 : 2 ** power;
  }
}
