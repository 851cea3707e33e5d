import type { PassedOver } from "../contracts.ts";

/** There may be very many: of the others it is told how many they are. */
const NAMES_MAX = 100;

/** Files that were to be sent again, and cannot be read. */
export class PassedOverFiles {
  #damaged = 0;
  readonly #names: string[] = [];

  add(name: string): void {
    this.#damaged++;
    if (this.#names.length < NAMES_MAX) this.#names.push(name);
  }

  /** Those of another endpoint come, too. */
  addAll({ damaged, damagedFiles }: PassedOver): void {
    this.#damaged += damaged;
    this.#names.push(...damagedFiles.slice(0, NAMES_MAX - this.#names.length));
  }

  get told(): PassedOver {
    return { damaged: this.#damaged, damagedFiles: [...this.#names] };
  }
}
