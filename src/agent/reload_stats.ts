/** How the latest attempt to read a configuration went. */
export class ReloadStats {
  #successful = true;
  #successMs: number;

  /** The configuration of the start was read at `nowMs`. */
  constructor(nowMs: number) {
    this.#successMs = nowMs;
  }

  /** Whether the latest attempt succeeded. */
  get successful(): boolean {
    return this.#successful;
  }

  /** When an attempt succeeded last. */
  get successMs(): number {
    return this.#successMs;
  }

  succeeded(nowMs: number): void {
    this.#successful = true;
    this.#successMs = nowMs;
  }

  failed(): void {
    this.#successful = false;
  }
}
