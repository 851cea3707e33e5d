import { backoffMs } from "../actor/backoff.ts";

/** A receiver may ask for a longer wait than our own, but not for one without end. */
export const RETRY_AFTER_MS_MAX: number = 5 * 60_000;

/** What an attempt came to. */
export type Verdict =
  /** `refused` is how many signals the receiver says it has not written nevertheless. */
  | { readonly kind: "delivered"; readonly refused: number }
  /** `written` is how many signals the receiver says it has written nevertheless. */
  | { readonly kind: "rejected"; readonly written: number }
  /** The receiver does not understand this version. */
  | { readonly kind: "fall_back" }
  | { readonly kind: "retry"; readonly retryAfterMs: number };

/**
 * What the answer's status means, by the remote write 1.0 specification ("Retries
 * & Backoff"): 2xx is done, 5xx and 429 are retried, any other 4xx is not. A
 * redirect is not followed: it is a mistake in the configuration that can be
 * mended, so nothing is dropped for it.
 */
export function judge(status: number, retryAfter: string | undefined, nowMs: number): Verdict {
  if (status >= 200 && status < 300) return { kind: "delivered", refused: 0 };
  if (status >= 400 && status < 500 && status !== 429) return { kind: "rejected", written: 0 };
  return { kind: "retry", retryAfterMs: parseRetryAfterMs(retryAfter, nowMs) };
}

/**
 * The same for remote write 2.0: 415, and a 2xx that does not say what was written,
 * come from a receiver that does not know it (specification 2.0, "Required Written
 * Response Headers"). Without samples, histograms and exemplars there is nothing to
 * say. `written` is what readWritten gave, `counted` how many it could be.
 */
export function judgeV2(
  status: number,
  retryAfter: string | undefined,
  nowMs: number,
  written: number | undefined,
  counted: number,
): Verdict {
  const verdict = judge(status, retryAfter, nowMs);
  if (status === 415) return { kind: "fall_back" };
  if (verdict.kind === "delivered") {
    if (written === undefined) return { kind: "fall_back" };
    return { kind: "delivered", refused: counted - written };
  }
  return verdict.kind === "rejected" ? { kind: "rejected", written: written ?? 0 } : verdict;
}

/**
 * Reads Retry-After (RFC 9110, section 10.2.3): seconds or a date. 0 when it is
 * missing, past or neither; never above {@link RETRY_AFTER_MS_MAX}.
 */
export function parseRetryAfterMs(value: string | undefined, nowMs: number): number {
  if (value === undefined) return 0;
  const text = value.trim();
  const waitMs = /^[0-9]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (Number.isNaN(waitMs)) return 0;
  return Math.min(RETRY_AFTER_MS_MAX, Math.max(0, waitMs));
}

/** What the wait before the next attempt depends on. */
export interface RetryDelayInput {
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
