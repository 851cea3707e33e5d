import { backoffMs } from "../actor/backoff.ts";
import type { OnRefused } from "../contracts.ts";
import type { SignalCounts } from "../types.ts";
import { httpDateMs } from "../http_date.ts";
import { isPassing, isRefusal, saysNotUnderstood } from "./statuses.ts";
import { countSignals, NOTHING_WRITTEN } from "./written.ts";

/** A receiver may ask for a longer wait than our own, but not for one without end. */
export const RETRY_AFTER_MS_MAX: number = 5 * 60_000;

/** What an attempt came to. */
export type Verdict =
  /** `written` is what the receiver took: less than was sent where it says so itself. */
  | { readonly kind: "delivered"; readonly written: SignalCounts }
  /**
   * `written` is what the receiver says it took nevertheless. `mayHoldPoison` of a
   * 400 that says nothing of the kind: a single signal may be the reason.
   */
  | { readonly kind: "rejected"; readonly written: SignalCounts; readonly mayHoldPoison: boolean }
  /** Less at once may be taken. */
  | { readonly kind: "too_large" }
  /** The receiver says "not you" or "not here", and nothing about the data. */
  | { readonly kind: "refused"; readonly retryAfterMs: number }
  /** The receiver does not understand this version. */
  | { readonly kind: "fall_back" }
  | { readonly kind: "retry"; readonly retryAfterMs: number };

/** An answer, as far as a verdict needs it. */
interface Judged {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The beginning of its body. */
  readonly text: string;
  /** By the endpoint's own clock, where it says what that shows. */
  readonly nowMs: number;
  readonly sent: SignalCounts;
  readonly onRefused: OnRefused;
}

/** The same, to a request of remote write 2.0. */
interface JudgedV2 extends Judged {
  /** What {@link readWritten} gave. */
  readonly written: SignalCounts | undefined;
  /** The receiver has said before what it wrote: it knows 2.0. */
  readonly knowsV2: boolean;
}

/**
 * What the answer means. 2xx is done; 5xx and 429 are retried, as the remote write
 * 1.0 specification has it ("Retries & Backoff"). A redirect is not followed: it is a
 * mistake in the configuration that can be mended, so nothing is dropped for it. The
 * specification lets any other 4xx be dropped; `statuses.ts` says which of them are
 * about the data.
 */
export function judge(judged: Judged): Verdict {
  const { status, retryAfter, text, nowMs, sent, onRefused } = judged;
  if (status >= 200 && status < 300) return { kind: "delivered", written: sent };
  const retryAfterMs = parseRetryAfterMs(retryAfter, nowMs);
  const isClientError = status >= 400 && status < 500 && status !== 429;
  const isHeld = onRefused === "hold";
  if (isHeld && isRefusal(status, text)) return { kind: "refused", retryAfterMs };
  if (!isClientError || (isHeld && isPassing(status))) return { kind: "retry", retryAfterMs };
  if (status === 413) return { kind: "too_large" };
  return { kind: "rejected", written: NOTHING_WRITTEN, mayHoldPoison: status === 400 };
}

/**
 * The same for remote write 2.0. A receiver that does not know it answers 415, or
 * takes the request for an empty one: then it does not say what it wrote
 * (specification 2.0, "Required Written Response Headers"). One of the years before
 * 2.0 may also answer 400; that is taken for it where the text says so, and until it
 * has shown that it knows better.
 */
export function judgeV2(judged: JudgedV2): Verdict {
  const { status, text, written, knowsV2 } = judged;
  if (status === 415) return { kind: "fall_back" };
  const verdict = judge(judged);
  if (written !== undefined) {
    if (verdict.kind === "delivered") return { kind: "delivered", written };
    // One that counts signal by signal has taken what it would ever take.
    const isFinal = verdict.kind === "rejected" ||
      (verdict.kind === "too_large" && countSignals(written) > 0);
    return isFinal ? { kind: "rejected", written, mayHoldPoison: false } : verdict;
  }
  if (verdict.kind === "delivered") return { kind: "fall_back" };
  return status === 400 && !knowsV2 && saysNotUnderstood(text) ? { kind: "fall_back" } : verdict;
}

/**
 * Reads Retry-After (RFC 9110, section 10.2.3): seconds or a date. 0 when it is
 * missing, past or neither; never above {@link RETRY_AFTER_MS_MAX}.
 */
export function parseRetryAfterMs(value: string | undefined, nowMs: number): number {
  if (value === undefined) return 0;
  const text = value.trim();
  const waitMs = /^[0-9]+$/.test(text) ? Number(text) * 1000 : (httpDateMs(text) ?? nowMs) - nowMs;
  return Math.min(RETRY_AFTER_MS_MAX, Math.max(0, waitMs));
}

/** What the wait before the next attempt depends on. */
interface RetryDelayInput {
  /** Attempts that failed, at least 1. */
  readonly failures: number;
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  readonly retryAfterMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

/**
 * The wait before the next attempt: exponential, with half of it as jitter so that
 * shards do not come back all at once; at least what the receiver asked for.
 */
export function retryDelayMs(input: RetryDelayInput): number {
  const full = backoffMs(input.failures - 1, input.backoffMs, input.backoffMsMax);
  const jittered = full / 2 + input.random * full / 2;
  return Math.max(jittered, input.retryAfterMs);
}
