import { assert } from "../assert.ts";
import type { BatchId, IdRun } from "../contracts.ts";

interface Run {
  first: BatchId;
  last: BatchId;
}

/**
 * A growing set of ids, taken from the front, or from the front of what comes from an id
 * on. Ids follow each other, so a backlog of any length is a few runs: memory does not
 * depend on it.
 */
export class IdRuns {
  #runs: Run[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The smallest id. */
  get first(): BatchId | undefined {
    return this.#runs[0]?.first;
  }

  /** It and those that follow it without a gap. */
  get firstRun(): IdRun | undefined {
    return this.#runs[0];
  }

  /** The smallest id that is no smaller than this. */
  nextFrom(from: BatchId): BatchId | undefined {
    const run = this.#runs[this.#runAt(from)];
    return run && Math.max(run.first, from);
  }

  /** Adds an id that is larger than all before. */
  push(id: BatchId): void {
    const last = this.#runs.at(-1);
    assert(last === undefined || id > last.last, `id ${id} after ${last?.last}`);
    if (last !== undefined && id === last.last + 1) last.last = id;
    else this.#runs.push({ first: id, last: id });
    this.#size++;
  }

  /** Takes the smallest id out. */
  shift(): BatchId | undefined {
    const run = this.#runs[0];
    if (run === undefined) return undefined;
    const id = run.first++;
    if (run.first > run.last) this.#runs.shift();
    this.#size--;
    return id;
  }

  /** The largest id. */
  get last(): BatchId | undefined {
    return this.#runs.at(-1)?.last;
  }

  has(id: BatchId): boolean {
    const run = this.#runs[this.#runAt(id)];
    return run !== undefined && id >= run.first;
  }

  /** Takes this id out, wherever it is; false when it is not there. */
  delete(id: BatchId): boolean {
    const at = this.#runAt(id);
    const run = this.#runs[at];
    if (run === undefined || id < run.first) return false;
    const parts = [{ first: run.first, last: id - 1 }, { first: id + 1, last: run.last }];
    this.#runs.splice(at, 1, ...parts.filter(({ first, last }) => first <= last));
    this.#size--;
    return true;
  }

  /** The `count` smallest ids from `from` on, in order. */
  firstFrom(from: BatchId, count: number): BatchId[] {
    const ids: BatchId[] = [];
    for (let at = this.#runAt(from); at < this.#runs.length && ids.length < count; at++) {
      const { first, last } = this.#runs[at]!;
      for (let id = Math.max(first, from); id <= last && ids.length < count; id++) ids.push(id);
    }
    return ids;
  }

  /** Takes the smallest id out that is no smaller than this. */
  shiftFrom(from: BatchId): BatchId | undefined {
    const id = this.nextFrom(from);
    if (id !== undefined) this.delete(id);
    return id;
  }

  /** The `count` largest ids below `limit`, the largest first. */
  lastBelow(limit: BatchId, count: number): BatchId[] {
    const ids: BatchId[] = [];
    for (let at = this.#runs.length - 1; at >= 0 && ids.length < count; at--) {
      const { first, last } = this.#runs[at]!;
      for (let id = Math.min(last, limit - 1); id >= first && ids.length < count; id--) {
        ids.push(id);
      }
    }
    return ids;
  }

  /** How many ids there are from `from` on and below `to`. */
  countBetween(from: BatchId, to: BatchId): number {
    return this.#runs.reduce(
      (sum, run) => sum + Math.max(0, Math.min(run.last + 1, to) - Math.max(run.first, from)),
      0,
    );
  }

  /** Puts ids back that were taken. */
  unshift(ids: readonly BatchId[]): void {
    const put = ids.map((id) => ({ first: id, last: id }));
    const runs = [...this.#runs, ...put].sort((a, b) => a.first - b.first);
    this.#runs = [];
    this.#size += ids.length;
    for (const run of runs) {
      const last = this.#runs.at(-1);
      assert(last === undefined || run.first > last.last, `run ${run.first} after ${last?.last}`);
      if (last !== undefined && run.first === last.last + 1) last.last = run.last;
      else this.#runs.push(run);
    }
  }

  /** Where the first run is that does not end before this id. */
  #runAt(id: BatchId): number {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#runs[middle]!.last < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
