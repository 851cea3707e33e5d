import type { Clock, FileSystem, Logger } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { readSecret, type Secret, type SecretFile } from "../credentials.ts";
import { messageOf } from "../errors.ts";
import type { AuthDependencies } from "./dependencies.ts";

/** A request may use a value that was read from its file this long ago. */
export const FRESH_MS = 1_000;
/** How long a request waits for a file system that does not answer. */
const READ_MS_MAX = 1_000;
/** How many earlier values of each are kept secret: somebody may still echo them. */
const PAST_MAX = 4;

/**
 * Secrets that belong together, such as a user name and its password. Those that are in
 * files are read again: they are rotated while walq runs. A file that cannot be read, or
 * is empty for the moment in which it is written, leaves its last value in force.
 */
export class SecretTexts {
  readonly #secrets: readonly Secret[];
  readonly #values: (string | undefined)[];
  readonly #files: FileSystem;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #failures: LogLimiter;
  #past: readonly string[] = [];
  #mark = 0;
  #readMs = -Infinity;
  #reading: Promise<void> | undefined;
  /** Why one of them has no value at all. */
  #problem: string | undefined;

  constructor(
    secrets: readonly Secret[],
    { files, clock, logger }: Pick<AuthDependencies, "files" | "clock" | "logger">,
  ) {
    this.#secrets = secrets;
    this.#values = secrets.map((secret) => typeof secret === "string" ? secret : undefined);
    this.#files = files;
    this.#clock = clock;
    this.#logger = logger;
    this.#failures = new LogLimiter(clock);
  }

  /** Whether one of them is in a file. */
  get canChange(): boolean {
    return this.#secrets.some((secret) => typeof secret !== "string");
  }

  /** Another number whenever one of them has changed. */
  get mark(): number {
    return this.#mark;
  }

  /** What they are and what they were: as secret as what they are. */
  get all(): readonly string[] {
    return [...this.#values.filter((value) => value !== undefined), ...this.#past];
  }

  /**
   * All of them, in their order.
   *
   * @throws {Error} when one is in a file that could never be read.
   */
  async current(): Promise<readonly string[]> {
    const isFresh = this.#clock.monotonicMs() - this.#readMs < FRESH_MS;
    if (this.canChange && !isFresh) await this.readAgain();
    if (this.#problem !== undefined) throw new Error(this.#problem);
    return this.#values.map((value) => value!);
  }

  /** Reads the files now, whatever was read before. */
  async readAgain(): Promise<void> {
    if (!this.canChange) return;
    this.#reading ??= this.#readAll().finally(() => this.#reading = undefined);
    await this.#noLongerThan(READ_MS_MAX, this.#reading);
    const missing = this.#secrets.find((_, index) => this.#values[index] === undefined);
    if (missing !== undefined) {
      this.#problem ??= `the file "${(missing as SecretFile).path}" cannot be read yet`;
    }
  }

  async #readAll(): Promise<void> {
    const problems = await Promise.all(
      this.#secrets.map((secret, index) => {
        return typeof secret === "string" ? undefined : this.#read(secret, index);
      }),
    );
    this.#problem = problems.find((problem) => problem !== undefined);
    this.#readMs = this.#clock.monotonicMs();
  }

  /** Why there is no value, if there is none. */
  async #read(file: SecretFile, index: number): Promise<string | undefined> {
    try {
      this.#take(await readSecret(this.#files, file), file, index);
    } catch (error) {
      // Without a value no request can leave, and each says why.
      if (this.#values[index] === undefined) return messageOf(error);
      this.#complain(messageOf(error));
    }
    return undefined;
  }

  #take(value: string, { path }: SecretFile, index: number): void {
    const before = this.#values[index];
    if (value === before) return;
    this.#values[index] = value;
    this.#mark++;
    if (before === undefined) return;
    this.#past = [before, ...this.#past].slice(0, PAST_MAX * this.#values.length);
    this.#logger.info("a secret file has changed; what it holds now is used", { path });
  }

  #complain(error: string): void {
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
