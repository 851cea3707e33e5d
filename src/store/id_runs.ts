import { assert } from "../assert.ts";
import type { BatchId, IdRun } from "../contracts.ts";
import { firstAt, type Run, RunBlock } from "./run_block.ts";

/** Runs of a block. */
const RUNS_MAX = 512;
/** Blocks that are worked with: where it begins and ends, where another lane does, what is counted. */
const OPEN_MAX = 4;

/**
 * A growing set of ids, taken from the front, or from the front of what comes from an id
 * on. Ids of files follow each other, so a backlog of any length is a few runs: memory does
 * not depend on it. Those of a stream have others' between them, and each may be a run of its
 * own: that is two or three bytes.
 */
export class IdRuns {
  /** In order. */
  readonly #blocks: RunBlock[] = [];
  /** Those that are not packed, the one that was used last at the end. */
  readonly #open: RunBlock[] = [];
  readonly #runsMax: number;
  #size = 0;

  /** @param runsMax of a block */
  constructor(runsMax: number = RUNS_MAX) {
    this.#runsMax = runsMax;
  }

  get size(): number {
    return this.#size;
  }

  /** The smallest id. */
  get first(): BatchId | undefined {
    return this.#blocks[0]?.first;
  }

  /** It and those that follow it without a gap. */
  get firstRun(): IdRun | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    let last = first - 1;
    for (const block of this.#blocks) {
      // A run may go on in the next block.
      if (block.first !== last + 1) break;
      last = this.#runsOf(block)[0]!.last;
      if (last !== block.last) break;
    }
    return { first, last };
  }

  /** The smallest id that is no smaller than this. */
  nextFrom(from: BatchId): BatchId | undefined {
    return this.firstFrom(from, 1)[0];
  }

  /** Adds an id that is larger than all before. */
  push(id: BatchId): void {
    const { last } = this;
    assert(last === undefined || id > last, `id ${id} after ${last}`);
    this.#put(this.#blocks.length - 1, id);
  }

  /** Takes the smallest id out. */
  shift(): BatchId | undefined {
    const id = this.first;
    if (id !== undefined) this.delete(id);
    return id;
  }

  /** The largest id. */
  get last(): BatchId | undefined {
    return this.#blocks.at(-1)?.last;
  }

  has(id: BatchId): boolean {
    return this.nextFrom(id) === id;
  }

  /** Takes this id out, wherever it is; false when it is not there. */
  delete(id: BatchId): boolean {
    const block = this.#blocks[firstAt(this.#blocks, id)];
    if (block === undefined || id < block.first) return false;
    const runs = this.#runsOf(block);
    const at = block.runAt(id);
    const run = runs[at]!;
    if (id < run.first) return false;
    if (block.size === 1) this.#drop(block);
    else {
      const parts = [{ first: run.first, last: id - 1 }, { first: id + 1, last: run.last }];
      runs.splice(at, 1, ...parts.filter(({ first, last }) => first <= last));
    }
    block.size--;
    this.#size--;
    return true;
  }

  /** The `count` smallest ids from `from` on, in order. */
  firstFrom(from: BatchId, count: number): BatchId[] {
    const ids: BatchId[] = [];
    let of = firstAt(this.#blocks, from);
    for (; of < this.#blocks.length && ids.length < count; of++) {
      const block = this.#blocks[of]!;
      const runs = this.#runsOf(block);
      for (let at = block.runAt(from); at < runs.length && ids.length < count; at++) {
        const { first, last } = runs[at]!;
        for (let id = Math.max(first, from); id <= last && ids.length < count; id++) ids.push(id);
      }
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
    let of = Math.min(firstAt(this.#blocks, limit), this.#blocks.length - 1);
    for (; of >= 0 && ids.length < count; of--) {
      const block = this.#blocks[of]!;
      const runs = this.#runsOf(block);
      let at = Math.min(block.runAt(limit), runs.length - 1);
      for (; at >= 0 && ids.length < count; at--) {
        const { first, last } = runs[at]!;
        for (let id = Math.min(last, limit - 1); id >= first && ids.length < count; id--) {
          ids.push(id);
        }
      }
    }
    return ids;
  }

  /** How many ids there are from `from` on and below `to`. */
  countBetween(from: BatchId, to: BatchId): number {
    let count = 0;
    for (let at = firstAt(this.#blocks, from); at < this.#blocks.length; at++) {
      const block = this.#blocks[at]!;
      if (block.first >= to) break;
      if (block.first >= from && block.last < to) count += block.size;
      else {
        for (const { first, last } of this.#runsOf(block)) {
          count += Math.max(0, Math.min(last + 1, to) - Math.max(first, from));
        }
      }
    }
    return count;
  }

  /** Puts ids back that were taken. */
  unshift(ids: readonly BatchId[]): void {
    for (const id of ids) {
      assert(!this.has(id), `id ${id} twice`);
      const at = firstAt(this.#blocks, id);
      const before = this.#blocks[at - 1];
      const isBehind = before !== undefined && id < (this.#blocks[at]?.first ?? Infinity);
      this.#put(isBehind ? at - 1 : at, id);
    }
  }

  /** Puts an id into the block at this place, which it belongs to; or into the first one of all. */
  #put(at: number, id: BatchId): void {
    this.#size++;
    const block = this.#blocks[at];
    if (block === undefined) return this.#insert(0, [{ first: id, last: id }]);
    block.size++;
    const runs = this.#runsOf(block);
    const place = block.runAt(id);
    const [before, after] = [runs[place - 1], runs[place]];
    const followsBefore = before?.last === id - 1;
    const precedesAfter = after?.first === id + 1;
    if (followsBefore && precedesAfter) {
      before.last = after.last;
      runs.splice(place, 1);
    } else if (followsBefore) before.last = id;
    else if (precedesAfter) after.first = id;
    else runs.splice(place, 0, { first: id, last: id });
    if (runs.length <= this.#runsMax) return;
    // What comes at the end begins a block of its own, so that those before it are full.
    this.#split(at, place === this.#runsMax ? place : Math.ceil(this.#runsMax / 2));
  }

  #split(at: number, count: number): void {
    const block = this.#blocks[at]!;
    const rest = block.runs.splice(count);
    this.#insert(at + 1, rest);
    block.size -= this.#blocks[at + 1]!.size;
  }

  #insert(at: number, runs: Run[]): void {
    const block = new RunBlock(runs);
    this.#blocks.splice(at, 0, block);
    this.#runsOf(block);
  }

  #drop(block: RunBlock): void {
    this.#blocks.splice(this.#blocks.indexOf(block), 1);
    this.#open.splice(this.#open.indexOf(block), 1);
  }

  #runsOf(block: RunBlock): Run[] {
    if (this.#open.at(-1) !== block) {
      const at = this.#open.indexOf(block);
      if (at >= 0) this.#open.splice(at, 1);
      this.#open.push(block);
      if (this.#open.length > OPEN_MAX) this.#open.shift()!.pack();
    }
    return block.runs;
  }
}
