import process from "node:process";
import { medianOf } from "./statistics.ts";

/**
 * CPU time of stages of work, of the whole process: a machine that does other things
 * does not count, and compilers and collectors of this one do.
 */
export class Stages {
  readonly #prepare: () => void;
  readonly #timesUs = new Map<string, number[]>();

  /** `prepare` comes before each stage and is not counted. */
  constructor(prepare: () => void = () => {}) {
    this.#prepare = prepare;
  }

  get names(): string[] {
    return [...this.#timesUs.keys()];
  }

  timed<Result>(stage: string, work: () => Result): Result {
    this.#prepare();
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    const known = this.#timesUs.get(stage);
    if (known) known.push(user + system);
    else this.#timesUs.set(stage, [user + system]);
    return result;
  }

  /** Nanoseconds of a stage, shared out among so many samples. */
  medianNs(stage: string, samples: number): number {
    return medianOf(this.#timesUs.get(stage) ?? []) * 1000 / samples;
  }
}
