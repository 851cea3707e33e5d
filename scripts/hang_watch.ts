import { readdirSync, readFileSync } from "node:fs";
import { statFields } from "./stat_fields.ts";

/** A group of processes that prints nothing and does nothing for so long hangs. */
const IDLE_MS_MAX = 5 * 60_000;
/** What timers and garbage collection take meanwhile. */
const IDLE_TICKS_MAX = 100;

/**
 * Tells a hang from slowness. A machine that is busy makes everything slow, so a
 * time alone says nothing; a process that waits for what will never come uses no
 * CPU and prints nothing, however busy the others are. The programs that a test has
 * started may use some all the while: for these there is a bound on silence alone.
 */
export class HangWatch {
  #printedMs: number;
  #sinceMs: number;
  #ticks: number;
  readonly #silentMsMax: number;

  /** `silentMsMax`: who prints nothing for so long hangs, whatever it does. */
  constructor(nowMs: number, ticks: number, silentMsMax: number = Infinity) {
    this.#silentMsMax = silentMsMax;
    this.#printedMs = nowMs;
    this.#sinceMs = nowMs;
    this.#ticks = ticks;
  }

  /** It has printed something. */
  printed(nowMs: number, ticks: number): void {
    this.#printedMs = nowMs;
    this.#worked(nowMs, ticks);
  }

  /** Looks again; true when it hangs. */
  isHanging(nowMs: number, ticks: number): boolean {
    if (Math.abs(ticks - this.#ticks) > IDLE_TICKS_MAX) this.#worked(nowMs, ticks);
    return nowMs - this.#sinceMs >= IDLE_MS_MAX || nowMs - this.#printedMs >= this.#silentMsMax;
  }

  #worked(nowMs: number, ticks: number): void {
    this.#sinceMs = nowMs;
    this.#ticks = ticks;
  }
}

/**
 * CPU time of a group of processes, in ticks of the system (proc(5), `stat`). Where
 * there is no /proc, or none of the group in it, it always grows: there nothing counts as
 * hanging.
 */
export function cpuTicks(group: number, nowMs: number): number {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return nowMs;
  }
  let ticks = 0;
  let isSeen = false;
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = statFields(stat);
      if (Number(fields[2]) !== group) continue;
      isSeen = true;
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return isSeen ? ticks : nowMs;
}
