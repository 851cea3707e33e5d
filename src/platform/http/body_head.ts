/** The first bytes of an answer's body: what comes beyond the limit is not kept. */
export class BodyHead {
  readonly #bytesMax: number;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Nothing more will be kept. */
  get full(): boolean {
    return this.#length >= this.#bytesMax;
  }

  add(chunk: Uint8Array): void {
    // A copy: the rest of the chunk need not be kept, and its room may be used again.
    const kept = new Uint8Array(chunk.subarray(0, this.#bytesMax - this.#length));
    this.#chunks.push(kept);
    this.#length += kept.length;
  }

  /** A character that the limit cut in two becomes U+FFFD. */
  text(): string {
    if (this.#chunks.length === 0) return "";
    const decoder = new TextDecoder();
    const text = this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true }));
    return text.join("") + decoder.decode();
  }
}
