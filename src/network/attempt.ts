import { Deadline } from "../actor/deadline.ts";
import { type Credential, WHO_SIGNS } from "../auth/credential.ts";
import { withoutSecrets } from "../auth/hidden.ts";
import type { Clock, HttpAnswer, HttpClient, OnRefused } from "../contracts.ts";
import { messageOf, UnreadableAnswerError } from "../errors.ts";
import { httpDateMs } from "../http_date.ts";
import { shownUrl } from "../shown_url.ts";
import type { SignalCounts } from "../types.ts";
import { judge, judgeV2, type Verdict } from "./retry.ts";
import { countSignals, readWritten } from "./written.ts";

/** Enough of a refusal for a log line. */
const ANSWER_BYTES_MAX = 1024;
const REASON_LENGTH_MAX = 256;

/** One HTTP request and how long it may take. */
export interface Attempt {
  readonly url: string;
  /** All but those of the credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly credential: Credential;
  readonly onRefused: OnRefused;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** What is in it. */
  readonly kinds: SignalCounts;
  /** For a request of remote write 2.0: what is known of its receiver. */
  readonly v2?: Dialect;
}

/** What a receiver has shown of itself; the shards of an endpoint share what they learn. */
export interface Dialect {
  /** It has said what it wrote: it knows remote write 2.0. */
  knowsV2: boolean;
}

/** What came of it. */
export interface AttemptResult {
  readonly verdict: Verdict;
  /** When it began, by the monotonic clock. */
  readonly startedMs: number;
  /** The mark of who it was signed as by {@link Attempt.credential}; undefined when it was not. */
  readonly used: number | undefined;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  readonly durationMs: number;
  /** The first line of a refusal, or the network's error. */
  readonly reason: string | undefined;
  /** There was an answer, but in no form of HTTP: the endpoint may have taken the request. */
  readonly isUnreadable?: boolean;
  /** There was nothing to sign it with: it did not leave. */
  readonly isUnsigned?: boolean;
  /** The endpoint has not answered in time: it may be more than the way to it carries. */
  readonly isLate?: boolean;
  /** See {@link HttpAnswer.isBodySent}. */
  readonly isBodySent?: boolean | undefined;
  /** See {@link HttpAnswer.note}. */
  readonly note?: string | undefined;
}

/** Sends once. Undefined when the signal aborted: what the endpoint made of it is not known then. */
export async function attemptOnce(
  attempt: Attempt,
  dependencies: { readonly http: HttpClient; readonly clock: Clock },
  signal: AbortSignal,
): Promise<AttemptResult | undefined> {
  const { http, clock } = dependencies;
  const startedMs = clock.monotonicMs();
  const { timeoutMs } = attempt;
  const deadline = Deadline.next(signal, timeoutMs, clock);
  const { credential, url, body } = attempt;
  let { headers } = attempt;
  let used: number | undefined;
  const hide: Hide = (text) => withoutSecrets(text, { url, headers, secrets: credential.secrets });
  const result = (
    verdict: Verdict,
    status: number | undefined,
    reason: string | undefined,
  ): AttemptResult => {
    const durationMs = clock.monotonicMs() - startedMs;
    return { verdict, startedMs, used, status, durationMs, reason };
  };
  try {
    const signing = credential.sign({ method: "POST", url, headers, body }, deadline.signal);
    const signed = "then" in signing ? await deadline.waitFor(WHO_SIGNS, signing) : signing;
    used = signed.mark;
    headers = withSigned(headers, signed.headers);
    const request = {
      url,
      headers,
      body,
      method: "POST",
      answerBytesMax: ANSWER_BYTES_MAX,
      onConnecting: deadline.connecting,
    } as const;
    const answer = await http.exchange(request, deadline.signal);
    // A date in the answer is by the endpoint's clock, and it says itself what that shows.
    const nowMs = httpDateMs(answer.header("date")) ?? clock.nowMs();
    const verdict = verdictOf(answer, attempt, nowMs);
    const words = (): string => wordsOf(answer, url, hide);
    const reason = reasonOf(verdict, answer.status, words, attempt.kinds);
    const { isBodySent, note } = answer;
    return { ...result(verdict, answer.status, reason), isBodySent, note };
  } catch (error) {
    if (signal.aborted) return undefined;
    const cause = deadline.causeOf(error);
    const reason = describeError(cause, cause === deadline.signal.reason ? asItIs : hide);
    const isUnreadable = error instanceof UnreadableAnswerError;
    const isUnsigned = used === undefined;
    return {
      ...result({ kind: "retry", retryAfterMs: 0 }, undefined, reason),
      isUnreadable,
      isUnsigned,
      isLate: deadline.isLate,
    };
  } finally {
    deadline.end();
  }
}

/** What was put together last for headers, and with which. */
const together = new WeakMap<Headers, { readonly signed: Headers; readonly all: Headers }>();
type Headers = Readonly<Record<string, string>>;

/** The same object for the same two: what is sent before a body is remembered by it. */
function withSigned(headers: Headers, signed: Headers): Headers {
  const known = together.get(headers);
  if (known?.signed === signed) return known.all;
  const all = { ...headers, ...signed };
  together.set(headers, { signed, all });
  return all;
}

function verdictOf(answer: HttpAnswer, attempt: Attempt, nowMs: number): Verdict {
  const { kinds, v2, onRefused } = attempt;
  const { status, text } = answer;
  const retryAfter = answer.header("retry-after");
  const judged = { status, text, retryAfter, nowMs, sent: kinds, onRefused };
  if (v2 === undefined) return judge(judged);
  const written = readWritten(answer, kinds);
  if (written !== undefined) v2.knowsV2 = true;
  return judgeV2({ ...judged, written, knowsV2: v2.knowsV2 });
}

/** Cleans a text of somebody else's. */
type Hide = (text: string) => string;

/** What walq says itself, which holds no secret, and may hold a word of the URL's path. */
const asItIs: Hide = (text) => text;

/** What it says, for the log: of a redirect that is, where it leads to. */
function wordsOf({ status, header, text }: HttpAnswer, url: string, hide: Hide): string {
  const location = status >= 300 && status < 400 ? header("location") : undefined;
  if (location === undefined || !URL.canParse(location, url)) return hide(text);
  return `a redirect to ${hide(shownUrl(new URL(location, url).href))}, which is not followed`;
}

function reasonOf(
  verdict: Verdict,
  status: number,
  words: () => string,
  sent: SignalCounts,
): string | undefined {
  const isSuccess = status >= 200 && status < 300;
  if (verdict.kind === "fall_back" && isSuccess) {
    return `HTTP ${status} without the Written headers of remote write 2.0`;
  }
  if (verdict.kind !== "delivered") return describe(status, words());
  const refused = countSignals(sent) - countSignals(verdict.written);
  if (refused === 0) return undefined;
  const what = refused === 1 ? "1 signal was" : `${refused} signals were`;
  return `HTTP ${status}, but ${what} not written`;
}

function describe(status: number, text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return `HTTP ${status}${line === "" ? "" : `: ${line.slice(0, REASON_LENGTH_MAX)}`}`;
}

/** `fetch failed` says nothing; its cause does. */
function describeError(error: unknown, hide: Hide): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const inner = cause === undefined ? "" : `: ${messageOf(cause)}`;
  const text = error instanceof UnreadableAnswerError
    ? error.tell(hide)
    : hide(`${messageOf(error)}${inner}`);
  // The rest of an assertion's message is a picture of its source.
  const [line = ""] = text.trim().split("\n", 1);
  return line.slice(0, REASON_LENGTH_MAX);
}
