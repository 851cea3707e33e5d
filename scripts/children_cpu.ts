import { readFileSync } from "node:fs";
import { statFields } from "./stat_fields.ts";

/** Ticks in a second, on every Linux there is (proc(5), `stat`). */
const TICKS_A_SECOND = 100;

/** CPU time of all processes that this one has started and that have ended; undefined without /proc. */
export function childrenCpuSeconds(): number | undefined {
  let stat: string;
  try {
    stat = readFileSync("/proc/self/stat", "utf8");
  } catch {
    return undefined;
  }
  const fields = statFields(stat);
  return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}
