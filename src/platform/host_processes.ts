import type { ProcessTable } from "../contracts.ts";

/** What {@link HostProcessTable} asks of a runtime. */
interface ProcessProbe {
  readonly pid: number;
  /** The text of a file, or undefined when it cannot be read for any reason. */
  readText(path: string): Promise<string | undefined>;
  /** `process.kill(pid, 0)`: throws an error with the code ESRCH when there is no such process. */
  probe(pid: number): void;
}

/**
 * Tells processes apart by start time and boot, out of Linux's `/proc`. Elsewhere
 * it knows only whether a process lives.
 */
export class HostProcessTable implements ProcessTable {
  readonly pid: number;
  readonly #probe: ProcessProbe;

  constructor(probe: ProcessProbe) {
    this.pid = probe.pid;
    this.#probe = probe;
  }

  async mark(pid: number): Promise<string | undefined> {
    if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
    const stat = await this.#probe.readText(`/proc/${pid}/stat`);
    const boot = await this.#probe.readText("/proc/sys/kernel/random/boot_id");
    if (stat !== undefined && boot !== undefined) return markFromStat(stat, boot.trim());
    // This holds even where /proc hides the processes of other users (hidepid).
    return this.#lives(pid) ? "unknown" : undefined;
  }

  #lives(pid: number): boolean {
    try {
      this.#probe.probe(pid);
      return true;
    } catch (error) {
      return (error as { code?: unknown }).code !== "ESRCH";
    }
  }
}

/**
 * `pid (name) state ppid ... starttime ...`, where the name can hold anything:
 * after it, `state` is the first field and `starttime` the twentieth (proc(5)).
 */
function markFromStat(stat: string, boot: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  // A zombie or dead process runs no more, it only waits to be collected.
  if (state === "Z" || state === "X") return undefined;
  const startTicks = fields[19];
  return startTicks === undefined ? "unknown" : `${boot}:${startTicks}`;
}
