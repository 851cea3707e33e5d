/** Counts what came by OTLP. */
export class OtlpStats {
  #points = 0;
  #refused = 0;

  /** Of one request that was taken: its data points, and those of them that became no series. */
  took(points: number, refused: number): void {
    this.#points += points;
    this.#refused += refused;
  }

  get pointsTotal(): number {
    return this.#points;
  }

  /** Those that could not be translated: what the queue refuses it counts itself. */
  get refusedTotal(): number {
    return this.#refused;
  }
}
