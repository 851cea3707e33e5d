/**
 * What went wrong, stable across releases: callers branch on the code, never on
 * the message.
 *
 * - `INVALID_OPTIONS`: an option or a configuration file is wrong; nothing was started.
 * - `INVALID_LABELS`: a label set breaks a rule (empty name, duplicate, no `__name__`).
 * - `INVALID_REQUEST`: request bytes are not what their headers say.
 * - `UNSUPPORTED_CONTENT`: a content type or encoding that walq does not speak.
 * - `TOO_LARGE`: over a configured limit, in bytes or signals.
 * - `UNKNOWN_SERIES_REF`: the reference was evicted; append with the labels again.
 * - `STORAGE`: the disk refused; retry later, nothing was acknowledged.
 * - `OVERLOADED`: the queue pushes back; retry later, nothing was acknowledged.
 * - `LOCKED`: another process owns the data path.
 * - `CORRUPT`: a file is damaged or foreign.
 * - `UNSUPPORTED_FORMAT`: a file is whole, but of a version that walq does not read.
 * - `UNSUPPORTED_RUNTIME`: this runtime cannot do what was asked.
 * - `CLOSED`: the queue is closed.
 */
export type WalqErrorCode =
  | "INVALID_OPTIONS"
  | "INVALID_LABELS"
  | "INVALID_REQUEST"
  | "UNSUPPORTED_CONTENT"
  | "TOO_LARGE"
  | "UNKNOWN_SERIES_REF"
  | "STORAGE"
  | "OVERLOADED"
  | "LOCKED"
  | "CORRUPT"
  | "UNSUPPORTED_FORMAT"
  | "UNSUPPORTED_RUNTIME"
  | "CLOSED";

/** The one error class that callers of walq catch; see {@link WalqErrorCode}. */
export class WalqError extends Error {
  /** Stable; branch on this. */
  readonly code: WalqErrorCode;

  /** The message may change between releases; the code does not. */
  constructor(code: WalqErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "WalqError";
    this.code = code;
  }

  /** True when the same call can succeed later without a change by the caller. */
  get retryable(): boolean {
    return this.code === "STORAGE" || this.code === "OVERLOADED";
  }
}

/** What was compressed has more bytes than may be: of a file it is `CORRUPT`, of a request too large. */
export class UnpackedTooLargeError extends WalqError {
  /** `how` is the name of the compression. */
  constructor(how: string, bytesMax: number) {
    const message =
      `Cannot decompress ${how}: got more than ${bytesMax} bytes uncompressed, wanted at most that`;
    super("CORRUPT", message);
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * What came back over a connection is no answer by the rules of HTTP. The endpoint may
 * have taken the request all the same, and will take it again when it is sent again.
 */
export class UnreadableAnswerError extends Error {
  override readonly name: string = "UnreadableAnswerError";
  readonly #tell: (hide: (text: string) => string) => string;

  /** `foreign` is what was got instead of what was expected. */
  constructor(why: string, foreign?: { readonly got: string; readonly expected: string }) {
    const tell = (hide: (text: string) => string): string =>
      `the answer cannot be read: ${why}` +
      (foreign ? ` ${quoted(hide(foreign.got))}, expected ${foreign.expected}` : "");
    super(tell((text) => text));
    this.#tell = tell;
  }

  /** The message, fit for the log: secrets are hidden before anything is cut, and found whole so. */
  tell(hide: (text: string) => string): string {
    return this.#tell(hide);
  }
}

/** An answer has a larger body than was wanted at most, and all of it was wanted. */
export class BodyTooLargeError extends Error {
  override readonly name: string = "BodyTooLargeError";

  /** `bytesMax` is what was wanted. */
  constructor(bytesMax: number) {
    super(`the body of the answer has more than ${bytesMax} bytes`);
  }
}

const QUOTED_LENGTH_MAX = 24;

/** What was got, fit for a line of the log. */
function quoted(text: string): string {
  const isLong = text.length > QUOTED_LENGTH_MAX;
  return JSON.stringify(isLong ? `${text.slice(0, QUOTED_LENGTH_MAX)}...` : text);
}

/** What a file system can refuse, in words that are the same on every runtime. */
export type FileErrorCode =
  | "not_found"
  | "exists"
  | "no_space"
  | "read_only"
  | "not_permitted"
  | "too_many_open"
  | "too_large"
  | "link_unsupported"
  | "io";

/** Thrown by every {@link FileSystem}; platforms map their own codes to it. */
export class FileSystemError extends Error {
  /** What was refused; branch on this. */
  readonly code: FileErrorCode;
  /** The file or directory that it was refused for. */
  readonly path: string;

  /** For who implements a {@link FileSystem}. */
  constructor(code: FileErrorCode, path: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "FileSystemError";
    this.code = code;
    this.path = path;
  }
}

/**
 * What a stream can refuse.
 *
 * - `unavailable`: no server answered for it in time, or none leads it; whether the message
 *   was stored is not known.
 * - `full`: it has no room for more, by its limits or its servers'.
 * - `conflict`: somebody else has changed the record.
 * - `denied`: the servers refuse who asks, or what says so cannot be used.
 * - `too_large`: the message is over the limit of the server.
 * - `refused`: anything else, such as a stream that is not there, or no permission.
 */
export type StreamErrorCode =
  | "unavailable"
  | "full"
  | "conflict"
  | "denied"
  | "too_large"
  | "refused";

/** Thrown by every {@link StreamLog}. */
export class StreamError extends Error {
  /** As of every error of its class. */
  override readonly name: string = "StreamError";
  /** What was refused; branch on this. */
  readonly code: StreamErrorCode;

  /** For who implements a {@link StreamLog}. */
  constructor(code: StreamErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** No connection can be made by settings such as these, or not on this runtime. */
export class ConnectionSettingsError extends Error {
  /** Which of the options of an endpoint is wrong, from the outside in: `["tlsConfig", "key"]`. */
  readonly path: readonly string[];

  /** The message says what is wrong, without a secret. */
  constructor(path: readonly string[], message: string) {
    super(message);
    this.name = "ConnectionSettingsError";
    this.path = path;
  }
}

/** A proxy did not make the connection that it was asked for. It says nothing of the endpoint, or of the data. */
export class ProxyError extends Error {
  /** `proxy` is its URL as others may see it. */
  constructor(proxy: string, what: string) {
    super(`the proxy ${proxy} ${what}`);
    this.name = "ProxyError";
  }
}

/** A page that a target has answered with breaks its format or a limit. */
export class PageError extends Error {
  override readonly name = "PageError";
  /** The first line is 1; 0 is the page as a whole, or one that has no lines. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(line === 0 ? message : `line ${line}: ${message}`);
    this.line = line;
  }
}
