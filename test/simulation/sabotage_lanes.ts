/** Faults in how what is new goes first; see `sabotage.ts`. */
import type { BatchLane, Lease } from "../../src/contracts.ts";
import { FileQueue } from "../../src/filequeue/filequeue.ts";
import { StoreLane } from "../../src/store/store_lane.ts";
import { OrderProof } from "../../src/pipeline/order_proof.ts";
import { replaced } from "./replaced.ts";
import type { Sabotage } from "./sabotage.ts";

export const LANE_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "let what is new overtake where nobody was asked": {
    patch: () => replaced(OrderProof.prototype, "covers", () => () => true),
  },
  "send the newer of two fresh batches first": { patch: newerFirst },
  "hold a fresh batch back until the backlog is through": { patch: heldUntilThrough },
  "send what was fresh and fell behind before the backlog": { patch: fellBehindFirst },
  "have one lane again before the backlog is through": { patch: throughTooSoon },
};

function newerFirst(): () => void {
  const held = new WeakMap<StoreLane, Lease>();
  return all(
    replaced(
      StoreLane.prototype,
      "next",
      (next) =>
        async function (this: StoreLane, signal) {
          const older = held.get(this) ?? await next.call(this, signal);
          if (older === undefined || held.delete(this)) return older;
          const newer = await ifAny((aborted) => next.call(this, aborted));
          if (newer !== undefined) held.set(this, older);
          return newer ?? older;
        },
    ),
    replaced(StoreLane.prototype, "release", (release) =>
      function (this: StoreLane) {
        held.delete(this);
        release.call(this);
      }),
  );
}

function heldUntilThrough(): () => void {
  const held = new WeakMap<StoreLane, Lease>();
  const begun = new WeakSet<StoreLane>();
  let isThrough = false;
  return all(
    replaced(
      StoreLane.prototype,
      "next",
      (next) =>
        async function (this: StoreLane, signal) {
          const first = held.get(this);
          if (first !== undefined && isThrough) {
            held.delete(this);
            return first;
          }
          const lease = await next.call(this, signal);
          if (lease === undefined || begun.has(this)) return lease;
          begun.add(this);
          held.set(this, lease);
          isThrough = false;
          return await next.call(this, signal);
        },
    ),
    replaced(StoreLane.prototype, "release", (release) =>
      function (this: StoreLane) {
        held.delete(this);
        release.call(this);
      }),
    replaced(FileQueue.prototype, "through", (through) =>
      async function (this: FileQueue, signal) {
        return isThrough = await through.call(this, signal);
      }),
  );
}

/** A lane of what the fresh one has left, which the backlog's reader looks at first. */
function fellBehindFirst(): () => void {
  const from = new WeakMap<FileQueue, number>();
  const left = new WeakMap<FileQueue, BatchLane>();
  return all(
    replaced(FileQueue.prototype, "lane", (lane) =>
      function (this: FileQueue, split) {
        const before = from.get(this) ?? split;
        from.set(this, split);
        if (before < split) {
          const behind = lane.call(this, before);
          behind.giveBelow(split);
          left.set(this, behind);
        }
        return lane.call(this, split);
      }),
    replaced(FileQueue.prototype, "next", (next) =>
      async function (this: FileQueue, signal) {
        const behind = left.get(this);
        const lease = behind && await ifAny((aborted) => behind.next(aborted));
        return lease ?? await next.call(this, signal);
      }),
    replaced(FileQueue.prototype, "release", (release) =>
      function (this: FileQueue) {
        left.get(this)?.release();
        release.call(this);
      }),
  );
}

function throughTooSoon(): () => void {
  const original = Object.getOwnPropertyDescriptor(FileQueue.prototype, "pending")!;
  const pending = function (this: FileQueue): FileQueue["pending"] {
    return { ...original.get!.call(this), batches: 0 };
  };
  Object.defineProperty(FileQueue.prototype, "pending", { ...original, get: pending });
  return all(
    () => Object.defineProperty(FileQueue.prototype, "pending", original),
    replaced(FileQueue.prototype, "through", () => () => Promise.resolve(true)),
  );
}

/** What is there without waiting for more. */
function ifAny(
  next: (signal: AbortSignal) => Promise<Lease | undefined>,
): Promise<Lease | undefined> {
  const aborting = new AbortController();
  const lease = next(aborting.signal);
  aborting.abort();
  return lease;
}

function all(...repairs: readonly (() => void)[]): () => void {
  return () => {
    for (const repair of repairs) repair();
  };
}
