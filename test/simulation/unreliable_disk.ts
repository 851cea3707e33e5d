import type { FileErrorCode } from "../../src/errors.ts";
import type {
  FileFault,
  FileStep,
  MemoryFileSystem,
  VirtualClock,
} from "../../src/testing/memory.ts";
import type { Dice } from "./dice.ts";
import type { Tally } from "./tally.ts";

/** How the disk behaves for a while. */
export type DiskMood = "well" | "flaky" | "slow" | "full" | "one_step" | "read_only";

export const DISK_MOODS: readonly DiskMood[] = [
  "well",
  "flaky",
  "slow",
  "full",
  "one_step",
  "read_only",
];

const STEPS: readonly FileStep[] = [
  "read",
  "create",
  "write",
  "sync",
  "rename",
  "link",
  "remove",
  "sync_directory",
  "list",
];
const READS: ReadonlySet<FileStep> = new Set(["read", "list"]);

const DELAY_MS_MAX = 5000;

/** Makes steps of the file system fail, wait, or be the last one before a crash. */
export class UnreliableDisk {
  mood: DiskMood = "well";
  /** Since when it has been well, by the monotonic clock; Infinity while it is not. */
  wellSinceMs = 0;
  /** How long an fsync takes that has something to bring to the disk, also when it is well. */
  fsyncMs = 0;
  readonly #dice: Dice;
  readonly #time: VirtualClock;
  readonly #tally: Tally;
  readonly #isSynced: (path: string) => boolean;
  #step: FileStep = "sync";
  #stepsLeft = Infinity;
  #slowUntilMs = 0;
  #frozen = false;

  /** @param isSynced whether an fsync of a file has nothing to bring to the disk */
  constructor(
    dice: Dice,
    time: VirtualClock,
    tally: Tally,
    isSynced: (path: string) => boolean,
  ) {
    this.#isSynced = isSynced;
    this.#dice = dice;
    this.#time = time;
    this.#tally = tally;
  }

  /** The process has come to the step before which it is to crash. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** Lets so many steps happen and none after them, until the crash. */
  freezeAfter(steps: number): void {
    this.#stepsLeft = steps;
  }

  thaw(): void {
    this.#stepsLeft = Infinity;
    this.#frozen = false;
  }

  change(mood: DiskMood, files: MemoryFileSystem): void {
    const nowMs = this.#time.monotonicMs();
    // What was begun on a slow disk goes on at its pace.
    if (this.mood === "slow") this.#slowUntilMs = nowMs + DELAY_MS_MAX;
    if (mood !== "well") this.wellSinceMs = Infinity;
    // An fsync that was begun on a disk that fails may still be under way, and fail at its end.
    else if (this.mood !== "well") {
      this.wellSinceMs = Math.max(nowMs + this.fsyncMs, this.#slowUntilMs);
    }
    this.mood = mood;
    this.#step = this.#dice.pick(STEPS);
    // A little room is left, so that a write fails in the middle.
    files.capacityBytes = mood === "full" ? files.usedBytes + this.#dice.between(0, 400) : 2 ** 40;
  }

  readonly fault: FileFault = (step, path) => {
    if (this.#frozen || this.#stepsLeft-- <= 0) {
      this.#frozen = true;
      return new Promise<never>(() => {});
    }
    const code = this.#codeFor(step);
    if (code !== undefined) this.#tally.diskFaults++;
    const fsyncMs = this.#isFsync(step, path) ? this.fsyncMs : 0;
    if (this.mood !== "slow" || this.#dice.chance(0.5)) return this.#after(fsyncMs, code);
    return this.#after(fsyncMs + this.#dice.pick([1, 10, 50, 500, DELAY_MS_MAX]), code);
  };

  #isFsync(step: FileStep, path: string): boolean {
    return step === "sync_directory" || (step === "sync" && !this.#isSynced(path));
  }

  #after(
    delayMs: number,
    code: FileErrorCode | undefined,
  ): FileErrorCode | undefined | Promise<FileErrorCode | undefined> {
    if (delayMs === 0) return code;
    return new Promise((resolve) => this.#time.after(delayMs, () => resolve(code)));
  }

  #codeFor(step: FileStep): FileErrorCode | undefined {
    switch (this.mood) {
      case "flaky":
        return this.#dice.chance(0.15) ? this.#dice.pick(["io", "too_many_open"]) : undefined;
      case "one_step":
        if (step !== this.#step || this.#dice.chance(0.2)) return undefined;
        return step === "link" ? this.#dice.pick(["io", "link_unsupported"]) : "io";
      case "read_only":
        return READS.has(step) || step === "sync_directory" ? undefined : "read_only";
      default:
        return undefined;
    }
  }
}
