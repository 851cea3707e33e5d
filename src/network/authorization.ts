import type { Clock, FileSystem, Logger } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { readAuthorization, type SecretFile } from "../credentials.ts";
import { messageOf } from "../errors.ts";

/** A request may use a value that was read from its file this long ago. */
export const FRESH_MS = 1_000;
/** How long a request waits for a file system that does not answer. */
const READ_MS_MAX = 1_000;
/** How many earlier values are kept secret: somebody may still echo them. */
const PAST_MAX = 4;

/** Where the Authorization header comes from: given in place, from a file, or none. */
interface AuthorizationSource {
  readonly authorization: string | undefined;
  readonly secretFile: SecretFile | undefined;
}

/**
 * The Authorization header of an endpoint. Where its secret is in a file, the file is
 * read again: tokens are rotated while walq runs. One that cannot be read, or is
 * empty for the moment in which it is written, leaves the last value in force.
 */
export class Authorization {
  readonly #file: SecretFile | undefined;
  readonly #files: FileSystem;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #failures: LogLimiter;
  #value: string | undefined;
  #past: readonly string[] = [];
  #readMs = -Infinity;
  #reading: Promise<void> | undefined;
  /** Why there is no value at all. */
  #problem: string | undefined;

  constructor(
    { authorization, secretFile }: AuthorizationSource,
    dependencies: { readonly files: FileSystem; readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#value = authorization;
    this.#file = secretFile;
    this.#files = dependencies.files;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#failures = new LogLimiter(dependencies.clock);
  }

  /** Whether it can change by itself. */
  get canChange(): boolean {
    return this.#file !== undefined;
  }

  /** Undefined where there is none, or none was read yet. */
  get last(): string | undefined {
    return this.#value;
  }

  /** What it was before: as secret as what it is. */
  get past(): readonly string[] {
    return this.#past;
  }

  /**
   * For the next request; undefined where there is none.
   *
   * @throws {Error} when it is in a file that could never be read.
   */
  async current(): Promise<string | undefined> {
    const isFresh = this.#clock.monotonicMs() - this.#readMs < FRESH_MS;
    if (this.#file !== undefined && !isFresh) await this.readAgain();
    if (this.#problem !== undefined) throw new Error(this.#problem);
    return this.#value;
  }

  /** Reads the file now, whatever was read before. */
  async readAgain(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#reading ??= this.#read(file).finally(() => this.#reading = undefined);
    await this.#noLongerThan(READ_MS_MAX, this.#reading);
    if (this.#value === undefined) this.#problem ??= `the file "${file.path}" cannot be read yet`;
  }

  async #read(file: SecretFile): Promise<void> {
    try {
      this.#take(await readAuthorization(this.#files, file), file);
    } catch (error) {
      this.#complain(messageOf(error));
    }
    this.#readMs = this.#clock.monotonicMs();
  }

  #take(value: string, { path }: SecretFile): void {
    this.#problem = undefined;
    const before = this.#value;
    if (value === before) return;
    this.#value = value;
    if (before === undefined) return;
    this.#past = [before, ...this.#past].slice(0, PAST_MAX);
    this.#logger.info("a secret file has changed; what it holds now is used", { path });
  }

  #complain(error: string): void {
    // Then no request can leave, and each says why.
    if (this.#value === undefined) {
      this.#problem = error;
      return;
    }
    const hidden = this.#failures.admit();
    if (hidden === undefined) return;
    const message = "cannot read a secret again; the last one stays in force";
    this.#logger.warn(message, { error, more_like_it: hidden || undefined });
  }

  #noLongerThan(ms: number, promise: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      void promise.then(() => {
        cancel();
        resolve();
      });
    });
  }
}
