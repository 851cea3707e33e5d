import type { HttpAnswer, HttpClient, HttpRequest, Logger, Platform } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { messageOf } from "../errors.ts";
import { type ConnectionSource, hasFiles, openClient, readSettings } from "./source.ts";

/** A request may use what was read from the files this long ago. */
const FRESH_MS = 1_000;
/** How long a request waits for a file system that does not answer. */
const READ_MS_MAX = 1_000;

/** What the client works with. */
export interface ConnectedHttpDependencies {
  readonly platform: Pick<Platform, "files" | "clock" | "openHttp">;
  readonly logger: Logger;
}

/**
 * HTTP by connections that are made by settings of which parts may be in files. The files
 * are read again while it works, as certificates are renewed: new connections are made by
 * what is in them now, and those that were made before take no further request. Files
 * that cannot be read, are half written, or do not fit together for the moment in which
 * one is written and not the other, leave in force what they held last.
 */
export class ConnectedHttpClient implements HttpClient {
  readonly #source: ConnectionSource;
  readonly #platform: ConnectedHttpDependencies["platform"];
  readonly #logger: Logger;
  readonly #failures: LogLimiter;
  readonly #hasFiles: boolean;
  /** Made by what is in force. */
  #client: HttpClient | undefined;
  /** What that was made by, as a text. */
  #inForce = "";
  #readMs = -Infinity;
  #reading: Promise<void> | undefined;
  /** Why there is no client at all. */
  #problem: Error | undefined;

  constructor(source: ConnectionSource, { platform, logger }: ConnectedHttpDependencies) {
    this.#source = source;
    this.#platform = platform;
    this.#logger = logger;
    this.#failures = new LogLimiter(platform.clock);
    this.#hasFiles = hasFiles(source);
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (this.#client === undefined || (this.#hasFiles && !this.#isFresh)) await this.#readAgain();
    if (this.#client === undefined) throw this.#problem!;
    return await this.#client.exchange(request, signal);
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  get #isFresh(): boolean {
    return this.#platform.clock.monotonicMs() - this.#readMs < FRESH_MS;
  }

  async #readAgain(): Promise<void> {
    this.#reading ??= this.#read().finally(() => this.#reading = undefined);
    await this.#noLongerThan(READ_MS_MAX, this.#reading);
    if (this.#client === undefined) {
      this.#problem ??= new Error("the files of tls_config cannot be read yet");
    }
  }

  async #read(): Promise<void> {
    try {
      const settings = await readSettings(this.#platform.files, this.#source);
      const read = JSON.stringify(settings);
      if (this.#client === undefined || read !== this.#inForce) {
        const before = this.#client;
        this.#client = openClient(this.#platform.openHttp, settings, this.#source);
        this.#inForce = read;
        this.#problem = undefined;
        if (before !== undefined) {
          this.#logger.info("the files of tls_config have changed; what they hold now is used");
          await before.close();
        }
      }
    } catch (error) {
      this.#complain(error);
    }
    this.#readMs = this.#platform.clock.monotonicMs();
  }

  #complain(error: unknown): void {
    // Then no request can leave, and each says why.
    if (this.#client === undefined) {
      this.#problem = error instanceof Error ? error : new Error(messageOf(error));
      return;
    }
    const hidden = this.#failures.admit();
    if (hidden === undefined) return;
    const message = "cannot use the files of tls_config; what they held last stays in force";
    this.#logger.warn(message, { error: messageOf(error), more_like_it: hidden || undefined });
  }

  #noLongerThan(ms: number, promise: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#platform.clock.after(ms, resolve);
      void promise.then(() => {
        cancel();
        resolve();
      });
    });
  }
}
