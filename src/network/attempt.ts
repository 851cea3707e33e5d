import type { Clock, HttpAnswer, HttpClient } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import { httpDateMs } from "../http_date.ts";
import type { SignalCounts } from "../types.ts";
import { judge, judgeV2, type Verdict } from "./retry.ts";
import { withoutSecrets } from "./secrets.ts";
import { countSignals, readWritten } from "./written.ts";

/** Enough of a refusal for a log line. */
const ANSWER_BYTES_MAX = 1024;
const REASON_LENGTH_MAX = 256;

/** One HTTP request and how long it may take. */
export interface Attempt {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** What is in it. */
  readonly kinds: SignalCounts;
  /** Of a request of remote write 2.0: what is known of its receiver. */
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
    // A date in the answer is by the endpoint's clock, and it says itself what that shows.
    const nowMs = httpDateMs(answer.header("date")) ?? clock.nowMs();
    const verdict = verdictOf(answer, attempt, nowMs);
    const reason = reasonOf(verdict, answer.status, hide(answer.text), attempt.kinds);
    return {
      verdict,
      status: answer.status,
      durationMs: clock.monotonicMs() - startedMs,
      reason,
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

function verdictOf(answer: HttpAnswer, { kinds, v2 }: Attempt, nowMs: number): Verdict {
  const retryAfter = answer.header("retry-after");
  const judged = { status: answer.status, retryAfter, nowMs, sent: kinds };
  if (v2 === undefined) return judge(judged);
  const written = readWritten(answer, kinds);
  if (written !== undefined) v2.knowsV2 = true;
  return judgeV2({ ...judged, written, knowsV2: v2.knowsV2 });
}

function reasonOf(
  verdict: Verdict,
  status: number,
  text: string,
  sent: SignalCounts,
): string | undefined {
  const isSuccess = status >= 200 && status < 300;
  if (verdict.kind === "fall_back" && isSuccess) {
    return `HTTP ${status} without the Written headers of remote write 2.0`;
  }
  if (verdict.kind !== "delivered") return describe(status, text);
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
function describeError(error: unknown, hide: (reason: string) => string): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const inner = cause === undefined ? "" : `: ${messageOf(cause)}`;
  // The rest of an assertion's message is a picture of its source.
  const [line = ""] = hide(`${messageOf(error)}${inner}`).trim().split("\n", 1);
  return line.slice(0, REASON_LENGTH_MAX);
}
