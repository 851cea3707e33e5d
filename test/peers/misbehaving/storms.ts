import * as faults from "../support/faults.ts";
import type { Outage } from "../rounds/round_endpoint.ts";

/** A time in which the endpoint does nothing right. */
export interface Storm extends Outage {
  /** It is over when so many requests have met it. */
  readonly requests: number;
}

const SECOND_MS = 1_000;

const retryAfter = (text: string | string[]): faults.Fault =>
  faults.answers(429, { "retry-after": text });

/** What stands in Retry-After, and what should not. Those that count ask for a second at most. */
const RETRY_AFTERS: readonly faults.Fault[] = [
  faults.answers(429),
  retryAfter("0"),
  retryAfter("1"),
  faults.retryAt(SECOND_MS),
  faults.retryYesterday,
  faults.retryGarbage,
  retryAfter(""),
  retryAfter("-5"),
  retryAfter("0.5"),
  retryAfter("1e3"),
  retryAfter("Thu, 99 Foo 2026 25:61:61 GMT"),
  retryAfter(["1", "86400"]),
];

export const STORMS: readonly Storm[] = [
  {
    name: "5xx",
    requests: 40,
    fault: faults.inTurn([500, 502, 503, 504, 507, 599].map((status) => faults.answers(status))),
  },
  { name: "429", requests: 4 * RETRY_AFTERS.length, fault: faults.inTurn(RETRY_AFTERS) },
  { name: "hangs", requests: 8, fault: faults.hangs },
  { name: "a body without end", requests: 20, fault: faults.endlessBody },
  { name: "a body that does not come", requests: 8, fault: faults.silentBody },
  { name: "resets in the request", requests: 20, fault: faults.resetsInRequest },
  { name: "resets in the answer", requests: 20, fault: faults.resetsInAnswer },
  { name: "redirects to itself", requests: 20, fault: faults.redirectsToItself },
];

/**
 * A shard is told to wait, and so is each other one that has a request: one each, and nothing
 * more comes. How many have one is chance: what is behind a full request waits with it.
 */
export const LONG_WAIT: Storm = {
  name: "429 with Retry-After in a day",
  requests: 1,
  fault: faults.retryInADay,
};
