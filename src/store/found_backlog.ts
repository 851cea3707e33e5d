import type { BacklogPart } from "../contracts.ts";
import type { BatchSize } from "./batch_size.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** How old at the start the batches of a part are at most; those of the last are older. */
const AGES_MS: readonly number[] = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  3 * DAY_MS,
  7 * DAY_MS,
  Infinity,
];

type Mutable = { -readonly [key in keyof BacklogPart]: BacklogPart[key] };

/**
 * What was there at the start. When it came in nobody has written down: what its newest
 * timestamp says stands for that, where its head has it.
 */
export class FoundBacklog {
  readonly #startMs: number;
  readonly #byAge: (Mutable | undefined)[] = AGES_MS.map(() => undefined);
  #unknown: Mutable | undefined;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** The size of a batch is known now (1), or it is gone (-1). */
  change(size: BatchSize, sign: 1 | -1): void {
    const part = this.#partOf(size.times?.newestMs);
    part.batches += sign;
    part.signals += sign * size.signals;
    part.bytes += sign * size.bytes;
  }

  clear(): void {
    this.#byAge.fill(undefined);
    this.#unknown = undefined;
  }

  /** Those that hold something, the oldest first. */
  parts(): BacklogPart[] {
    const all = [this.#unknown, ...this.#byAge.toReversed()];
    return all.filter((part) => part !== undefined && part.batches > 0).map((part) => ({
      ...part!,
    }));
  }

  #partOf(newestMs: number | undefined): Mutable {
    if (newestMs === undefined) {
      return this.#unknown ??= { fromMs: undefined, untilMs: this.#startMs, ...EMPTY };
    }
    // A sample from the future came in before the start all the same.
    const timeMs = Math.min(newestMs, this.#startMs);
    const at = AGES_MS.findIndex((ageMs) => this.#startMs - timeMs <= ageMs);
    const part = this.#byAge[at] ??= { fromMs: timeMs, untilMs: timeMs, ...EMPTY };
    part.fromMs = Math.min(part.fromMs!, timeMs);
    part.untilMs = Math.max(part.untilMs, timeMs);
    return part;
  }
}

const EMPTY = { batches: 0, signals: 0, bytes: 0 };
