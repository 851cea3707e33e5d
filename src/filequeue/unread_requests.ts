import { LogLimiter } from "../actor/log_limiter.ts";
import type { Clock, Logger } from "../contracts.ts";
import { FileSystemError } from "../errors.ts";

/** What the system says of one file, while it may read others. */
const FAULTS_OF_FILE: readonly string[] = ["io", "too_large", "not_permitted"];

/** Files in `rejected/` that the disk does not read: they stay, and one of them is not to stand in the way of all. */
export class UnreadRequests {
  readonly #logger: Logger;
  readonly #log: LogLimiter;
  readonly #errors = new Map<string, FileSystemError>();

  constructor(clock: Clock, logger: Logger) {
    this.#logger = logger;
    this.#log = new LogLimiter(clock);
  }

  ids(): string[] {
    return [...this.#errors.keys()];
  }

  delete(id: string): void {
    this.#errors.delete(id);
  }

  /** False for an error that is about something else. */
  takes(id: string, error: unknown): boolean {
    if (!(error instanceof FileSystemError) || !FAULTS_OF_FILE.includes(error.code)) return false;
    this.#errors.set(id, error);
    const hidden = this.#log.admit();
    if (hidden !== undefined) {
      const fields = { error: error.message, more_like_it: hidden || undefined };
      this.#logger.error("a refused request cannot be read; it is passed over", fields);
    }
    return true;
  }

  /**
   * @param wanted those that were asked for; all where it is undefined
   * @param sent how many others were sent again
   * @throws {FileSystemError}
   */
  refuseIfAny(wanted: ReadonlySet<string> | undefined, sent: number): void {
    const all = [...this.#errors].filter(([id]) => wanted === undefined || wanted.has(id));
    const [, error] = all[0] ?? [];
    if (error === undefined) return;
    const more = all.length === 1 ? "" : `, nor are ${all.length - 1} more`;
    const message = `${error.message}${more}; the others, ${sent} requests, are sent again`;
    throw new FileSystemError(error.code, error.path, message, { cause: error });
  }
}
