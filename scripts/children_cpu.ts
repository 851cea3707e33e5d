import { readFileSync } from "node:fs";

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
  // The name of the program is in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}
