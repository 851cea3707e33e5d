import type { BatchId } from "../contracts.ts";

/** Ids that follow each other; those behind it come after a gap. */
export interface Run {
  first: BatchId;
  last: BatchId;
}

/** Some runs, in order and never none: a few bytes each while nobody works with them. */
export class RunBlock {
  /** How many ids there are. */
  size: number;
  #first: BatchId;
  #last: BatchId;
  /** One of these two. */
  #runs: Run[] | undefined;
  #packed: Uint8Array | undefined;

  constructor(runs: Run[]) {
    this.#runs = runs;
    this.size = runs.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    this.#first = runs[0]!.first;
    this.#last = runs.at(-1)!.last;
  }

  get first(): BatchId {
    return this.#runs === undefined ? this.#first : this.#runs[0]!.first;
  }

  get last(): BatchId {
    return this.#runs === undefined ? this.#last : this.#runs.at(-1)!.last;
  }

  /** To be worked with, until it is packed. Who changes them keeps `size` right. */
  get runs(): Run[] {
    this.#runs ??= unpacked(this.#packed!);
    this.#packed = undefined;
    return this.#runs;
  }

  /** Nobody works with it for a while. Returns how many bytes it takes. */
  pack(): number {
    if (this.#runs !== undefined) {
      [this.#first, this.#last] = [this.first, this.last];
      this.#packed = packed(this.#runs);
      this.#runs = undefined;
    }
    return this.#packed!.length;
  }

  /** Where the first run is that does not end before this id. */
  runAt(id: BatchId): number {
    return firstAt(this.runs, id);
  }
}

/** Where the first one is that does not end before this id; they are in order. */
export function firstAt(all: readonly { readonly last: BatchId }[], id: BatchId): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (all[middle]!.last < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of each run how far it is from the end of the one before, and how long it is: varints. */
function packed(runs: readonly Run[]): Uint8Array {
  const bytes: number[] = [];
  const put = (value: number): void => {
    // Ids are larger than what shifts can do.
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push(128 + value % 128);
    bytes.push(value);
  };
  let before = 0;
  for (const { first, last } of runs) {
    put(first - before);
    put(last - first);
    before = last;
  }
  return Uint8Array.from(bytes);
}

function unpacked(bytes: Uint8Array): Run[] {
  const runs: Run[] = [];
  let at = 0;
  const get = (): number => {
    let value = 0;
    for (let unit = 1;; unit *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  for (let before = 0; at < bytes.length;) {
    const first = before + get();
    before = first + get();
    runs.push({ first, last: before });
  }
  return runs;
}
