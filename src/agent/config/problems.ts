import { WalqError } from "../../errors.ts";

/** Collects what is wrong with a configuration, to tell all of it at once. */
export class Problems {
  readonly #lines: Set<string> = new Set();

  get none(): boolean {
    return this.#lines.size === 0;
  }

  /** `place` is a file with a line, or an option of the command line. */
  add(place: string, message: string): void {
    this.#lines.add(`${place}: ${message}`);
  }

  /** @throws {WalqError} `INVALID_OPTIONS` when there are any. */
  throwIfAny(): void {
    if (!this.none) throw new WalqError("INVALID_OPTIONS", [...this.#lines].join("\n"));
  }
}
