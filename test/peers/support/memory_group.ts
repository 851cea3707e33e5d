import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** Where memory groups are made, the file with their limit, and the one with their peak. */
const HIERARCHIES = [
  ["/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.max_usage_in_bytes"],
  ["/sys/fs/cgroup", "memory.max", "memory.peak"],
] as const;

/** A control group whose processes have so much memory together, and are killed when they need more. */
export class MemoryGroup {
  /** For `WalqProgram.start`. */
  readonly wrapper: readonly string[];
  readonly #directory: string;
  readonly #peak: string;

  private constructor(directory: string, peak: string) {
    this.#directory = directory;
    this.#peak = join(directory, peak);
    const procs = join(directory, "cgroup.procs");
    this.wrapper = ["sh", "-c", `echo $$ > ${procs}; exec "$@"`, "sh"];
  }

  /** Undefined where this process may make none. */
  static open(name: string, bytes: number): MemoryGroup | undefined {
    for (const [root, limit, peak] of HIERARCHIES) {
      const directory = join(root, `${name}-${process.pid}`);
      try {
        mkdirSync(directory);
        if (existsSync(join(directory, limit))) {
          writeFileSync(join(directory, limit), String(bytes));
          return new MemoryGroup(directory, peak);
        }
        rmdirSync(directory);
      } catch {
        // Read-only, of another version, or not ours.
      }
    }
    return undefined;
  }

  /** The most that it has had, with pages of files that it could have given back. */
  peakBytes(): number {
    return Number(readFileSync(this.#peak, "utf8"));
  }

  /** When its processes have ended. */
  remove(): void {
    rmdirSync(this.#directory);
  }
}
