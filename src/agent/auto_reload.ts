import type { CancelTimer, Clock } from "../contracts.ts";

/** What an {@link AutoReload} works with. */
interface AutoReloadDependencies {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** The content that is in force. */
  readonly text: string;
  /** Of what is there now. May reject. */
  readonly read: () => Promise<string>;
  readonly reload: () => Promise<unknown>;
}

/**
 * Reloads when the content of the configuration is another one than at the last look.
 * A file's time says little: a mounted one keeps it, and a copy may bring an older one.
 * What is wrong is tried once, and again when it changes.
 */
export class AutoReload {
  readonly #of: AutoReloadDependencies;
  #seen: string;
  #stopped = false;
  #cancel: CancelTimer;

  constructor(of: AutoReloadDependencies) {
    this.#of = of;
    this.#seen = of.text;
    this.#cancel = this.#later();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #later(): CancelTimer {
    return this.#of.clock.after(this.#of.intervalMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    // A file that is not there may be about to be replaced: the next look will tell.
    const now = await this.#of.read().catch(() => this.#seen);
    if (this.#stopped) return;
    if (now !== this.#seen) {
      this.#seen = now;
      await this.#of.reload();
    }
    if (!this.#stopped) this.#cancel = this.#later();
  }
}
