// Node, Deno and Bun all have node:timers; of these alone a timer can be told to keep nothing alive.
import { clearTimeout, setTimeout } from "node:timers";
import type { CancelTimer, Clock } from "../contracts.ts";

/** Longer delays make `setTimeout` fire at once, so they are waited for in stretches. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** The time of the host. A timer keeps the process alive until it fires or is cancelled, unless it is one of the background. */
export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, fire: () => void, inBackground: boolean = false): CancelTimer {
    let leftMs = Math.ceil(delayMs);
    let timer: ReturnType<typeof setTimeout>;
    function wait(): void {
      const stretchMs = Math.min(leftMs, TIMEOUT_MS_MAX);
      leftMs -= stretchMs;
      timer = setTimeout(leftMs > 0 ? wait : fire, stretchMs);
      if (inBackground) timer.unref();
    }
    wait();
    return () => clearTimeout(timer);
  }
}
