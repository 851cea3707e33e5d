import { Buffer } from "node:buffer";
import { UnreadableAnswerError } from "../../errors.ts";

/** What comes before the body of an answer (RFC 9112, sections 4 to 6). */
export interface AnswerHead {
  readonly status: number;
  /** The HTTP version: 1.0 is 10. */
  readonly version: number;
  /** By lower-case names; values of one name are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** The value of a header, by its lower-case name. */
  readonly header: (name: string) => string | undefined;
}

/** How the end of a body is known. */
type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  /** By the end of the connection. */
  | { readonly kind: "close" };

/** Lenient where curl or Go's client is: in letters' case, in spaces, without a reason. */
const STATUS_LINE = /^HTTP\/(\d)(?:\.(\d))? +(\d{3})(?: .*)?$/i;
const ON_THE_WAY_MS = 1_000;

/** The first line of an answer. */
export function parseStatusLine(line: string): { status: number; version: number } {
  const [, major, minor = "0", digits] = STATUS_LINE.exec(line) ?? [];
  const status = Number(digits);
  if (major === undefined || !(status >= 100)) {
    throw unreadable("its first line is", line, '"HTTP/", a version and a status');
  }
  return { status, version: Number(major) * 10 + Number(minor) };
}

/** Where the body ends (RFC 9112, section 6.3). */
export function framingOf({ status, headers }: Pick<AnswerHead, "status" | "headers">): Framing {
  if (status < 200 || status === 204 || status === 304) return { kind: "none" };
  const coding = headers.get("transfer-encoding");
  // It goes before a length, as nothing but it can be meant when both are there.
  if (coding) return { kind: /(^|[, ])chunked$/i.test(coding) ? "chunked" : "close" };
  const length = headers.get("content-length");
  return length === undefined ? { kind: "close" } : { kind: "length", bytes: parseLength(length) };
}

/** Whether another request may be sent when this answer has been read to its end. */
export function keepsConnection({ version, headers }: AnswerHead): boolean {
  const words = headers.get("connection")?.toLowerCase().split(/[ ,]+/) ?? [];
  if (words.includes("close")) return false;
  return version >= 11 || words.includes("keep-alive");
}

/**
 * How long the endpoint says that it keeps a connection on which nothing happens, less
 * what the next request takes to reach it; undefined when it does not say.
 */
export function idleMsMax({ headers }: AnswerHead): number | undefined {
  const [, seconds] = /\btimeout=(\d+)/i.exec(headers.get("keep-alive") ?? "") ?? [];
  return seconds === undefined ? undefined : Math.max(0, Number(seconds) * 1000 - ON_THE_WAY_MS);
}

/** The body is packed in some way, though the request has said that it must not be. */
export function isCoded(head: AnswerHead): boolean {
  const coding = head.header("content-encoding") ?? "identity";
  return !/^(identity)?$/i.test(coding) || hasTransferCoding(head);
}

/** The body is packed for the way, which no request asks for. */
export function hasTransferCoding({ header }: AnswerHead): boolean {
  const transfer = header("transfer-encoding") ?? "chunked";
  return !/^[, ]*((chunked|identity)[, ]*)*$/i.test(transfer);
}

/** Some senders give the same length twice. Several that differ must not be believed (section 6.3, 5). */
function parseLength(text: string): number {
  const [first = "", ...others] = text.split(",").map((part) => part.trim());
  const bytes = Number(first);
  const isOne = /^\d+$/.test(first) && others.every((other) => other === first);
  if (isOne && Number.isSafeInteger(bytes)) return bytes;
  throw unreadable("its content-length is", text, "one number");
}

/** In words that are the same on every runtime; each character of `line` is a byte. */
function unreadable(why: string, line: string, expected: string): UnreadableAnswerError {
  // As text it is what a secret in it is known by.
  const got = Buffer.from(line, "latin1").toString("utf8");
  return new UnreadableAnswerError(why, { got, expected });
}

/** What comes first is not even the beginning of an answer. */
export function noAnswer(line: string): UnreadableAnswerError {
  return unreadable("it begins with", line, '"HTTP/"');
}
