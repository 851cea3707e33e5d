import type { StreamHead, StreamSeq } from "../contracts.ts";

/** Messages that are remembered: those that servers may have lost are the newest. */
const KNOWN_MAX = 4096;

/** What tells a message from another one that has its number. */
type Known = Pick<StreamHead, "id" | "storedAtMs">;

/** The newest messages that were met in a subject, by what tells them from others. */
export class KnownHeads {
  readonly #heads = new Map<StreamSeq, Known>();

  /** The oldest that is remembered. */
  get oldest(): StreamSeq | undefined {
    const [seq] = this.#heads.keys();
    return seq;
  }

  /** Newer than all before it. */
  add({ seq, id, storedAtMs }: StreamHead): void {
    this.#heads.set(seq, { id, storedAtMs });
    if (this.#heads.size > KNOWN_MAX) this.#heads.delete(this.oldest!);
  }

  /** Whether this is another one than was met at its number, as far as that is remembered. */
  isOther(head: StreamHead): boolean {
    return this.#heads.has(head.seq) && !this.has(head);
  }

  /** Whether this is the one that was met at its number, no older than the oldest that is remembered. */
  has({ seq, id, storedAtMs }: StreamHead): boolean {
    const known = this.#heads.get(seq);
    // Messages of others have no id, and all the same one.
    return known?.id === id && (id !== "" || known.storedAtMs === storedAtMs);
  }
}
