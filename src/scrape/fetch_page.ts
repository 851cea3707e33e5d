import { WHO_SIGNS } from "../auth/credential.ts";
import { withoutLogins } from "../auth/hidden.ts";
import { Deadline } from "../actor/deadline.ts";
import type { Clock, Decompress, ScrapeProtocol } from "../contracts.ts";
import { BodyTooLargeError, messageOf, UnreadableAnswerError } from "../errors.ts";
import { secretsInTarget } from "../shown_params.ts";
import { type BodyBuffers, getPage, type PageRequest } from "../whole_body.ts";
import { protocolOf } from "./content_type.ts";
import type { JobAccess } from "./job_access.ts";
import type { Slots } from "./slots.ts";

const ERROR_LENGTH_MAX = 512;
const NO_BODY = new Uint8Array();

type Headers = PageRequest["headers"];

/** What is asked for. */
export interface PageQuestion {
  readonly url: string;
  /** All but those of the credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Unpacked; a page of more bytes is an error. */
  readonly bytesMax: number;
  readonly fallback: ScrapeProtocol | undefined;
  readonly unixSocket: string | undefined;
}

/** A page, or why there is none. */
export type Fetched =
  | {
    readonly kind: "page";
    /** Unpacked. */
    readonly body: Uint8Array;
    /** Throws where nobody says what the page is. */
    readonly protocol: () => ScrapeProtocol;
    /** The body is not needed any more. To be called once. */
    readonly release: () => void;
  }
  | {
    readonly kind: "failed";
    /** Without secrets. */
    readonly error: string;
    readonly isTooLarge: boolean;
    /** There was no answer in time. */
    readonly hasTimedOut: boolean;
  };

/** What pages are fetched with. */
export interface FetchDependencies {
  readonly clock: Clock;
  readonly decompressGzip: Decompress;
  readonly slots: Slots;
  readonly bodyBuffers: BodyBuffers;
}

/**
 * Gets the page of a target. The time for it begins at once, also while all slots are
 * taken. Rejects with the signal's reason, and for nothing else.
 */
export async function fetchPage(
  question: PageQuestion,
  { http, credential }: JobAccess,
  dependencies: FetchDependencies,
  isSuspect: boolean,
  signal: AbortSignal,
): Promise<Fetched> {
  const { clock, decompressGzip, slots, bodyBuffers } = dependencies;
  const { url, headers, unixSocket, bytesMax, fallback } = question;
  const deadline = new Deadline(signal, question.timeoutMs, clock);
  let release = (): void => {};
  try {
    release = slots.tryAcquire(isSuspect) ?? await slots.acquire(isSuspect, deadline.signal);
    const request = { method: "GET", url, headers, body: NO_BODY } as const;
    const signed = await deadline.waitFor(WHO_SIGNS, credential.sign(request, deadline.signal));
    const { connecting: onConnecting } = deadline;
    const asked = {
      url,
      headers: withSigned(headers, signed.headers),
      unixSocket,
      bytesMax,
      // Any other status is all that counts, however long, broken or slow its body is.
      wantsBodyOf: (status: number) => status === 200,
      onConnecting,
    };
    const page = await getPage(http, asked, decompressGzip, deadline.signal, bodyBuffers);
    const { status, header, body } = page;
    if (status === 401 || status === 403) void credential.refused();
    if (status !== 200) throw new Error(`server returned HTTP status ${status}`);
    return {
      kind: "page",
      body,
      protocol: () => protocolOf(header("content-type"), fallback),
      release: page.release,
    };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const secrets = [...credential.secrets, ...secretsInTarget(url)];
    return {
      kind: "failed",
      error: tell(deadline.causeOf(error), (text) => withoutLogins(text, secrets)),
      isTooLarge: error instanceof BodyTooLargeError,
      hasTimedOut: deadline.signal.aborted,
    };
  } finally {
    release();
    deadline.end();
  }
}

/** The same object each time, if it can be: what is sent is remembered with it. */
function withSigned(headers: Headers, signed: Headers): Headers {
  return Object.keys(signed).length === 0 ? headers : { ...headers, ...signed };
}

function tell(error: unknown, hide: (text: string) => string): string {
  if (error instanceof BodyTooLargeError) return "body size limit exceeded";
  if (error instanceof UnreadableAnswerError) return error.tell(hide);
  const cause = error instanceof Error && error.cause !== undefined
    ? `: ${messageOf(error.cause)}`
    : "";
  const [line = ""] = hide(`${messageOf(error)}${cause}`).trim().split("\n", 1);
  return line.slice(0, ERROR_LENGTH_MAX);
}
