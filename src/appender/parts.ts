import type { WriteResult } from "../types.ts";
import type { Appender } from "./appender.ts";

/** Signals of one part. */
const SIGNALS_MAX = 1_000;
/** Bytes of the same: half of the least that a request may be allowed to have. */
const BYTES_MAX = 512 * 1024;
/**
 * Parts on their way to the disk at once: enough to share a flush. The application has its
 * turn while the next ones wait, and memory has a bound.
 */
const AT_ONCE = 16;

/** What was refused of all parts. */
export interface PartsResult {
  readonly accepted: number;
  readonly refused: number;
  /** What is known of the first one. */
  readonly firstRefused: string | undefined;
}

/**
 * Commits what is appended in parts, none of which is too large: what an application has at
 * one moment may be any number of signals. Each part is durable.
 */
export class Parts {
  readonly #appender: Pick<Appender, "size" | "bytes" | "commit">;
  /** None of these rejects. */
  readonly #underWay: Promise<void>[] = [];
  #accepted = 0;
  #refused = 0;
  #firstRefused: string | undefined;
  #failure: { readonly reason: unknown } | undefined;

  constructor(appender: Pick<Appender, "size" | "bytes" | "commit">) {
    this.#appender = appender;
  }

  /** Sends what was appended if it is enough for a part; true if it was. */
  sendIfLarge(): boolean {
    const { size, bytes } = this.#appender;
    if (size < SIGNALS_MAX && bytes < BYTES_MAX) return false;
    this.#send();
    return true;
  }

  /** Resolves when few enough are on their way. */
  async room(): Promise<void> {
    while (this.#underWay.length >= AT_ONCE) await this.#underWay.shift();
  }

  /** Sends the rest. Resolves when all is durable; rejects with what befell the first part that is not. */
  async end(): Promise<PartsResult> {
    this.#send();
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure.reason;
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      firstRefused: this.#firstRefused,
    };
  }

  #send(): void {
    const settled = this.#appender.commit({ durable: true }).then(
      (result) => this.#account(result),
      (reason) => {
        this.#failure ??= { reason };
      },
    );
    this.#underWay.push(settled);
  }

  #account(result: WriteResult): void {
    this.#accepted += result.accepted;
    this.#refused += result.expired + result.invalid + result.unsupported;
    this.#firstRefused ??= result.firstExpired ?? result.firstInvalid ?? result.firstUnsupported;
  }
}
