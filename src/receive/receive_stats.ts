/** Counts what the receiver did. */
export class ReceiveStats {
  readonly #answers: Map<number, number> = new Map();
  #inFlight = 0;
  #bytes = 0;

  started(): void {
    this.#inFlight++;
  }

  /** The bytes of one body, compressed as it came. */
  read(bytes: number): void {
    this.#bytes += bytes;
  }

  answered(status: number): void {
    this.#inFlight--;
    this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get bytesTotal(): number {
    return this.#bytes;
  }

  /** Answers by status. */
  get answersTotal(): ReadonlyMap<number, number> {
    return this.#answers;
  }
}
