import { WalqError } from "../../errors.ts";

/** What somebody should know of a configuration that is fine. */
export interface Remark {
  readonly level: "info" | "warn";
  readonly place: string;
  readonly key: string;
  readonly message: string;
}

/** Collects what is wrong with a configuration, to tell all of it at once, and what is to be said of it. */
export class Problems {
  readonly remarks: Remark[] = [];
  readonly #lines: Set<string> = new Set();

  get none(): boolean {
    return this.#lines.size === 0;
  }

  /** `place` is a file with a line, or an option of the command line. */
  add(place: string, message: string): void {
    this.#lines.add(problemLine(place, message));
  }

  /** Takes over all that others have. */
  absorb(other: Problems): void {
    this.remarks.push(...other.remarks);
    for (const line of other.#lines) this.#lines.add(line);
  }

  /** Nothing is wrong with it. */
  remark(remark: Remark): void {
    this.remarks.push(remark);
  }

  /** All of them as one error. */
  get error(): WalqError {
    return new WalqError("INVALID_OPTIONS", [...this.#lines].join("\n"));
  }

  /** @throws {WalqError} `INVALID_OPTIONS` when there are any. */
  throwIfAny(): void {
    if (!this.none) throw this.error;
  }
}

/** The line of one problem. `--set` names the key already; a message that begins with it would say it twice. */
export function problemLine(place: string, message: string): string {
  const [, key] = /^--set (.*)$/s.exec(place) ?? [];
  const rest = key !== undefined && message.startsWith(`${key}: `)
    ? message.slice(key.length + 2)
    : message;
  return `${place}: ${rest}`;
}
