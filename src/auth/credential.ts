/** A request that is about to leave. */
export interface Outgoing {
  readonly method: "POST" | "GET";
  readonly url: string;
  /** All but those that a credential adds; names are lower-case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there is none. */
  readonly body: Uint8Array;
}

/** What a credential makes of a request. */
export interface Signed {
  /** To be added; names are lower-case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The {@link Credential.mark} of who it was signed as. */
  readonly mark: number;
}

/** Whose answer {@link Credential.sign} waits for, as messages call them. */
export const WHO_SIGNS = "who gives out its token or keys";

/**
 * Who walq is before one endpoint, for all of its shards: adds to each attempt what says
 * so. Of what it holds secret nothing is in its errors and log lines.
 */
export interface Credential {
  /** Whether it can change by itself, as files do. */
  readonly canChange: boolean;
  /** Another number for each identity that requests were signed as, one after the other. */
  readonly mark: number;
  /** Texts that nobody may see, those of before among them. */
  readonly secrets: readonly string[];
  /**
   * For one attempt. Rejects when nothing can be had to sign with, and says why: then the
   * request does not leave. With the signal's reason when the signal aborts.
   */
  sign(request: Outgoing, signal: AbortSignal): Signed | Promise<Signed>;
  /** The endpoint refuses who asks: what can be had anew is had now. Never rejects. */
  refused(): Promise<void>;
  /** Looks whether it has changed by itself. Never rejects. */
  look(): Promise<void>;
  /** Gets nothing any more: what it waits for ends, and its connections are closed. */
  stop(): Promise<void>;
}
