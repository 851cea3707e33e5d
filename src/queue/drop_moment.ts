import type { DropChoice } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { unitFault } from "../time_unit.ts";

/** The clock of who asks may be so far ahead of this one: what is "now" there is no future here. */
const AHEAD_MS_MAX = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;

/**
 * Refuses a moment that is likely to be a mistake: what is dropped does not come back.
 *
 * @param nowMs by the clock of the queue
 * @throws {RangeError} for what is no time.
 * @throws {WalqError} `INVALID_OPTIONS` for one before 1970 or in another unit, of which it is
 * never clear what was meant; for one in the future unless `future` says that it is meant: with
 * it goes all that waits.
 */
export function checkDropMoment(
  { beforeMs, future = false }: Pick<DropChoice, "beforeMs" | "future">,
  nowMs: number,
): void {
  if (Number.isNaN(new Date(beforeMs).getTime())) {
    throw new RangeError(`Cannot drop: got beforeMs ${beforeMs}, expected milliseconds`);
  }
  const fault = beforeMs < 0 ? `${beforeMs} is before 1970` : unitFault(beforeMs);
  if (fault !== undefined) {
    throw new WalqError("INVALID_OPTIONS", `Cannot drop: the moment ${fault}`);
  }
  const aheadMs = beforeMs - nowMs;
  if (future || aheadMs <= AHEAD_MS_MAX) return;
  const ahead = aheadMs < 2 * DAY_MS
    ? `${Math.round(aheadMs / 60_000)} minutes`
    : `${Math.round(aheadMs / DAY_MS)} days`;
  throw new WalqError(
    "INVALID_OPTIONS",
    `Cannot drop: got ${shown(beforeMs)}, which is ${ahead} ahead of the queue's clock ` +
      `(${
        shown(nowMs)
      }), so that all would go, expected a moment that has been; "now" drops what ` +
      "is older than now, and future (--future) files of later timestamps, too",
  );
}

function shown(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
