import type { StreamHead, StreamSeq } from "../contracts.ts";

/** Messages that are remembered: those that servers may have lost are the newest. */
const KNOWN_MAX = 4096;

/** The newest messages that were met in a subject, by what tells them from others. */
export class KnownHeads {
  readonly #ids = new Map<StreamSeq, string>();

  /** The oldest that is remembered. */
  get oldest(): StreamSeq | undefined {
    const [seq] = this.#ids.keys();
    return seq;
  }

  /** Newer than all before it. */
  add({ seq, id, storedAtMs }: StreamHead): void {
    this.#ids.set(seq, idOf(id, storedAtMs));
    if (this.#ids.size > KNOWN_MAX) this.#ids.delete(this.oldest!);
  }

  /** Whether this is the one that was met at its number. */
  has({ seq, id, storedAtMs }: StreamHead): boolean {
    return this.#ids.get(seq) === idOf(id, storedAtMs);
  }
}

/** Messages of others have no id, and all the same one. */
function idOf(id: string, storedAtMs: number): string {
  return id === "" ? String(storedAtMs) : id;
}
