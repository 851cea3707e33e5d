import { inPlainWords } from "../tls_words.ts";
import { StreamError, type StreamErrorCode } from "../../errors.ts";

/** Codes of JetStream's API, from the server's list of errors. */
const BY_ERR_CODE: ReadonlyMap<number, StreamErrorCode> = new Map([
  // No room: of the stream (10077), the account (10002, 10028) or the server (10023, 10047).
  [10077, "full"],
  [10002, "full"],
  [10028, "full"],
  [10023, "full"],
  [10047, "full"],
  // Another message is the last one of the subject.
  [10071, "conflict"],
  [10164, "conflict"],
  [10054, "too_large"],
  // No leader, a server that begins or ends, or one that is asked too much.
  [10008, "unavailable"],
  [10009, "unavailable"],
  [10076, "unavailable"],
  [10097, "unavailable"],
  [10118, "unavailable"],
  // Too few servers for so many replicas, which may be those that are not back yet.
  [10005, "unavailable"],
]);
/** There is no such message. */
const NO_MESSAGE_ERR_CODES: readonly number[] = [10037, 10057];
/** Names of errors of @nats-io which say that nobody answered. */
const UNANSWERED: ReadonlySet<string> = new Set([
  "TimeoutError",
  "NoRespondersError",
  "RequestError",
  "ClosedConnectionError",
  "DrainingConnectionError",
]);
/** What the system says of a host that is not there, or not now. */
const UNREACHED = /^(?:E(?:CONN|HOST|NET)|ETIMEDOUT$|EPIPE$|ENOTFOUND$|EAI_)/;
/** The servers know nobody who says what this client says, or not any more. */
const DENIED: ReadonlySet<string> = new Set([
  "AuthorizationError",
  "UserAuthenticationExpiredError",
]);
/** It came at once, whatever the error around it is. */
const NO_RIGHT = /permissions violation/i;
/** The servers speak no TLS, which was asked for: that is no matter of waiting. */
const NO_TLS = /does not support 'tls'|not available on this server/;

/** What is thrown by @nats-io. Its classes are told by name: more than one copy may be loaded. */
interface NatsError extends Error {
  /** What JetStream's API said: a status as HTTP has them, and the number of the error. */
  readonly apiError?: () => { err_code: number; code: number };
}

/** True where nothing came in time. */
export function isTimeout(error: unknown): boolean {
  const { name, message } = error as Error;
  return name === "TimeoutError" || message === "timeout";
}

/** True where the server said that there is no such message. */
export function isNoMessage(error: unknown): boolean {
  return NO_MESSAGE_ERR_CODES.includes(errCodeOf(error) ?? 0);
}

/** True where the servers refuse who asks. */
export function isDenial({ name }: Error): boolean {
  return DENIED.has(name);
}

/** True where nobody takes what was asked: the server said so at once. */
export function hasNoResponders(error: unknown): boolean {
  return error instanceof Error && /no responders/i.test(error.message);
}

/** True where the servers say that who asks has no right to: also inside of what the client says. */
export function isNoRight(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return NO_RIGHT.test(error.message) || isNoRight(error.cause);
}

/** The error as every {@link StreamLog} throws it. @param what was asked */
export function streamErrorOf(error: unknown, what: string): StreamError {
  if (error instanceof StreamError) return error;
  // Of TLS each runtime has words of its own.
  const { name = "", message = String(error) } = inPlainWords(error) as NatsError;
  const words = isUntaken(error as NatsError) ? untakenWords(error as NatsError) : message;
  return new StreamError(codeOf(error as NatsError, name, message), `${what}: ${words}`, {
    cause: error,
  });
}

/** The client says of everything that nobody takes that JetStream is not enabled, as it cannot know. */
function isUntaken(error: NatsError): boolean {
  return error.name === "JetStreamNotEnabled" && error.cause instanceof Error &&
    errCodeOf(error.cause) === undefined;
}

/** Questions are taken by JetStream itself, all else by a stream. */
function untakenWords({ cause }: NatsError): string {
  return (cause as Error).message.includes("'$JS.")
    ? "no server takes questions about streams: JetStream is not ready yet, or not enabled"
    : "no server takes this subject: the stream has no leader now, or does not exist " +
      "(`walq nats check` tells which)";
}

function codeOf(error: NatsError, name: string, message: string): StreamErrorCode {
  const errCode = errCodeOf(error);
  if (errCode !== undefined) {
    const known = BY_ERR_CODE.get(errCode);
    if (known !== undefined) return known;
    return statusOf(error) === 503 ? "unavailable" : "refused";
  }
  if (/payload.*exceeded|max_payload/i.test(message)) return "too_large";
  if (isDenial({ name, message })) return "denied";
  if (NO_TLS.test(message) || NO_RIGHT.test(message)) return "refused";
  const isUnanswered = UNANSWERED.has(name) || name === "ConnectionError" ||
    UNREACHED.test(codeIn(error)) ||
    /no responders|timeout|closed|disconnect|hung up|given up/i.test(message);
  if (isUnanswered) return "unavailable";
  // Nobody answers for JetStream while a server begins; an account that has none has a number.
  return isUntaken(error) ? "unavailable" : "refused";
}

/** That of the system, of the error or of what it came from. */
function codeIn(error: Error & { readonly code?: unknown }): string {
  if (typeof error.code === "string") return error.code;
  return error.cause instanceof Error ? codeIn(error.cause) : "";
}

function errCodeOf(error: unknown): number | undefined {
  return (error as NatsError).apiError?.().err_code;
}

function statusOf(error: NatsError): number {
  return error.apiError?.().code ?? 0;
}
