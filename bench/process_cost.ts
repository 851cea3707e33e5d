import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { statFields } from "../scripts/stat_fields.ts";

/** What a process has used so far, by Linux's own books. */
export interface ProcessCost {
  /** User and system time of all its threads; children are not counted. */
  readonly cpuUs: number;
  readonly rssBytes: number;
  /** The most it has ever had. */
  readonly peakRssBytes: number;
  /** What it has caused to be sent to the storage, in whole pages. */
  readonly storageBytes: number;
}

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const KIB = 1024;

export function processCost(pid: number): ProcessCost {
  const fields = statFields(readFileSync(`/proc/${pid}/stat`, "utf8"));
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const io = readFileSync(`/proc/${pid}/io`, "utf8");
  return {
    cpuUs: ticks * 1e6 / ticksPerSecond,
    rssBytes: numberOf(status, "VmRSS") * KIB,
    peakRssBytes: numberOf(status, "VmHWM") * KIB,
    storageBytes: numberOf(io, "write_bytes"),
  };
}

function numberOf(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(text)?.[1]);
}
