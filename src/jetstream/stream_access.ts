import { LogLimiter } from "../actor/log_limiter.ts";
import { withoutLogins } from "../auth/hidden.ts";
import { SecretTexts } from "../auth/secret_texts.ts";
import { readSettings } from "../connection/source.ts";
import type { Logger, Platform, StreamIdentity, TlsSettings } from "../contracts.ts";
import { type StreamCredentials, streamSecretsOf } from "../credentials.ts";
import { messageOf } from "../errors.ts";
import type { ResolvedStream } from "../options.ts";

/** What a {@link StreamAccess} works with. */
export interface StreamAccessDependencies {
  readonly platform: Pick<Platform, "files" | "clock">;
  readonly logger: Logger;
}

/** A word of a file of credentials that is as long as this is no word of anybody else's. */
const WORD_LENGTH_MIN = 20;

/**
 * Who walq is before the servers of a stream, and by which TLS. What is in files is read
 * again while a connection lasts: each time that one is made, for the next one. So one that
 * is refused is followed by one that has what is in the files now.
 */
export class StreamAccess {
  readonly #stream: Pick<ResolvedStream, "credentials" | "tls">;
  readonly #texts: SecretTexts;
  readonly #of: StreamAccessDependencies;
  readonly #failures: LogLimiter;
  #now: readonly string[] = [];
  #tls: TlsSettings | undefined;

  constructor(
    stream: Pick<ResolvedStream, "credentials" | "tls">,
    dependencies: StreamAccessDependencies,
  ) {
    const { platform, logger } = dependencies;
    this.#stream = stream;
    this.#of = dependencies;
    this.#texts = new SecretTexts(streamSecretsOf(stream.credentials), { ...platform, logger });
    this.#failures = new LogLimiter(platform.clock);
  }

  /** Reads the files. @throws {Error} when one of them cannot be read, without what is in it. */
  async read(): Promise<void> {
    const { tls } = this.#stream;
    this.#now = await this.#texts.current();
    if (tls === undefined) return;
    const { files } = this.#of.platform;
    const settings = await readSettings(files, { tls, proxy: undefined, roundRobinDns: false });
    this.#tls = settings.tls;
  }

  /** As it was read last; what is in the files by now is for the next one. */
  identity(): StreamIdentity {
    void this.read().catch((error) => this.#complain(messageOf(error)));
    return identityOf(this.#stream.credentials, this.#now);
  }

  /** The same of TLS, which is asked for with each connection, too. */
  get tls(): (() => TlsSettings) | undefined {
    return this.#stream.tls && (() => this.#tls!);
  }

  /** A text of somebody else's without what says who walq is. */
  hide(text: string): string {
    const all = this.#texts.all;
    const words = all.flatMap((one) => one.split(/\s+/)).filter((word) =>
      word.length >= WORD_LENGTH_MIN && !/^-+/.test(word)
    );
    return withoutLogins(text, [...all, ...words]);
  }

  #complain(error: string): void {
    const hidden = this.#failures.admit();
    if (hidden === undefined) return;
    const message = "cannot read again who walq is before a stream; what was read last is used";
    this.#of.logger.warn(message, { error, more_like_it: hidden || undefined });
  }
}

function identityOf(
  credentials: StreamCredentials,
  [first = "", second = ""]: readonly string[],
): StreamIdentity {
  switch (credentials.kind) {
    case "none":
      return {};
    case "user":
      return { username: first, password: second };
    case "token":
      return { token: first };
    case "credentials":
      return { credentials: first };
    case "nkey":
      return { nkeySeed: first };
  }
}
