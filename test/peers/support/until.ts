import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 20;
/** A machine that is busy with other things is slow; what has not come in this time hangs. */
const HANG_MS = 5 * 60_000;

/** Asks again and again, as another process tells no events; fails at the deadline. */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  msMax: number = HANG_MS,
): Promise<void> {
  const deadlineMs = performance.now() + msMax;
  while (!(await check())) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${msMax} ms in vain: ${what}`);
    await delay(POLL_MS);
  }
}

/** Waits for a growing number to reach a goal; fails when it stands still for too long. */
export async function untilReached(
  what: string,
  goal: number,
  count: () => number | Promise<number>,
  stillMsMax: number = HANG_MS,
): Promise<void> {
  let last = -1;
  let movedMs = performance.now();
  for (;;) {
    const now = await count();
    if (now >= goal) return;
    if (now !== last) movedMs = performance.now();
    last = now;
    if (performance.now() - movedMs > stillMsMax) {
      throw new Error(`Stood still for ${stillMsMax} ms at ${now} of ${goal}: ${what}`);
    }
    await delay(POLL_MS);
  }
}
