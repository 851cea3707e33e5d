/** What is known of a file without looking into it. */
export interface RejectedEntry {
  readonly id: string;
  readonly bytes: number;
  /** Signals that count as refused. */
  readonly refused: number;
  readonly rejectedAtMs: number;
}

/** The files in `rejected/`, the oldest first, and what they are together. */
export class RejectedIndex {
  readonly #entries = new Map<string, RejectedEntry>();
  #bytes = 0;

  get files(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): RejectedEntry | undefined {
    const [first] = this.#entries.values();
    return first;
  }

  /** The same content again takes the place of what was there, and is the newest. */
  put(entry: RejectedEntry): void {
    this.delete(entry.id);
    this.#entries.set(entry.id, entry);
    this.#bytes += entry.bytes;
  }

  get(id: string): RejectedEntry | undefined {
    return this.#entries.get(id);
  }

  delete(id: string): void {
    this.#bytes -= this.#entries.get(id)?.bytes ?? 0;
    this.#entries.delete(id);
  }

  /** As they are now. */
  ids(): string[] {
    return [...this.#entries.keys()];
  }
}
