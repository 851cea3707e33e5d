import type { Clock, HttpAnswer, HttpClient } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { SignalCounts } from "../types.ts";
import { judge, judgeV2, type Verdict } from "./retry.ts";
import { readWritten } from "./written.ts";

/** Enough of a refusal for a log line. */
const ANSWER_BYTES_MAX = 1024;
const REASON_LENGTH_MAX = 256;
/** Shorter ones are in every text. */
const SECRET_LENGTH_MIN = 4;
/** What walq itself says in every request. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-type",
  "retry-attempt",
  "user-agent",
  "x-prometheus-remote-write-version",
]);

/** One HTTP request and how long it may take. */
export interface Attempt {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** What is in it, where the answer is read as one to remote write 2.0. */
  readonly sentV2?: SignalCounts;
}

/** What came of it. */
export interface AttemptResult {
  readonly verdict: Verdict;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  readonly durationMs: number;
  /** The first line of a refusal, or the network's error. */
  readonly reason: string | undefined;
}

/** Sends once. Undefined when the signal aborted: what the endpoint made of it is not known then. */
export async function attemptOnce(
  attempt: Attempt,
  tools: { readonly http: HttpClient; readonly clock: Clock },
  signal: AbortSignal,
): Promise<AttemptResult | undefined> {
  const { http, clock } = tools;
  const startedMs = clock.monotonicMs();
  const { timeoutMs } = attempt;
  // One controller for both ends of the wait; AbortSignal.any would keep a
  // listener on the long-lived signal for every attempt.
  const either = new AbortController();
  const stop = (): void => either.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const cancelTimer = clock.after(
    timeoutMs,
    () => either.abort(new Error(`no answer in ${timeoutMs} ms`)),
  );
  const request = { ...attempt, method: "POST", answerBytesMax: ANSWER_BYTES_MAX } as const;
  const hide = (reason: string): string => withoutSecrets(reason, attempt);
  try {
    const answer = await http.exchange(request, either.signal);
    const verdict = verdictOf(answer, attempt, clock.nowMs());
    return {
      verdict,
      status: answer.status,
      durationMs: clock.monotonicMs() - startedMs,
      reason: reasonOf(verdict, answer.status, hide(answer.text)),
    };
  } catch (error) {
    if (signal.aborted) return undefined;
    return {
      verdict: { kind: "retry", retryAfterMs: 0 },
      status: undefined,
      durationMs: clock.monotonicMs() - startedMs,
      reason: describeError(either.signal.aborted ? either.signal.reason : error, hide),
    };
  } finally {
    cancelTimer();
    signal.removeEventListener("abort", stop);
  }
}

function verdictOf(answer: HttpAnswer, { sentV2 }: Attempt, nowMs: number): Verdict {
  const retryAfter = answer.header("retry-after");
  if (sentV2 === undefined) return judge(answer.status, retryAfter, nowMs);
  const counted = sentV2.samples + sentV2.histograms + sentV2.exemplars;
  return judgeV2(answer.status, retryAfter, nowMs, readWritten(answer, sentV2), counted);
}

function reasonOf(verdict: Verdict, status: number, text: string): string | undefined {
  if (verdict.kind !== "delivered") return describe(status, text);
  if (verdict.refused === 0) return undefined;
  return `HTTP ${status}, but ${verdict.refused} signals were not written`;
}

function describe(status: number, text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return `HTTP ${status}${line === "" ? "" : `: ${line.slice(0, REASON_LENGTH_MAX)}`}`;
}

/** `fetch failed` says nothing; its cause does. */
function describeError(error: unknown, hide: (reason: string) => string): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const inner = cause === undefined ? "" : `: ${messageOf(cause)}`;
  return hide(`${messageOf(error)}${inner}`).slice(0, REASON_LENGTH_MAX);
}

/** A runtime's error may quote the URL, and a refusal may echo the request: both are logged and shown. */
function withoutSecrets(text: string, { url, headers }: Attempt): string {
  const { search, username, password } = new URL(url);
  const authorization = headers["authorization"] ?? "";
  const secrets = [url, search, search.slice(1), username, password, authorization];
  secrets.push(authorization.slice(authorization.indexOf(" ") + 1));
  for (const [name, value] of Object.entries(headers)) {
    if (!PUBLIC_HEADERS.has(name)) secrets.push(value);
  }
  return secrets.reduce(
    (left, secret) =>
      secret.length < SECRET_LENGTH_MIN ? left : left.replaceAll(secret, "<hidden>"),
    text,
  );
}
