import assert from "node:assert/strict";
import type {
  BatchCounts,
  BatchLane,
  BatchStore,
  Lease,
  StagedBatch,
  StorableBatch,
  StoreTotals,
} from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";

/** Keeps batches, or refuses, or makes the caller wait. */
export class FakeStore implements BatchStore {
  readonly batches: number[][] = [];
  /** The partition of each of them. */
  readonly partitions: (number | undefined)[] = [];
  refuses = false;
  /** Refuses what is of this partition. */
  refusedPartition: number | undefined;
  /** Holds appends. */
  gate: Promise<void> | undefined;
  /** What is staged, by the first byte; each waits until it is released. */
  readonly staging: Map<number, { done: () => void; fail: () => void }> = new Map();
  holdsStaging = false;
  /** Batches that are staged and neither committed nor discarded. */
  readonly staged: Set<StorableBatch> = new Set();

  async stage(storable: StorableBatch): Promise<StagedBatch> {
    if (this.holdsStaging) {
      await new Promise<void>((resolve, reject) => {
        const fail = (): void => reject(new Error("no space"));
        this.staging.set(storable.batch.data[0]!, { done: resolve, fail });
      });
    }
    this.staged.add(storable);
    const discard = (): Promise<void> => {
      this.staged.delete(storable);
      return Promise.resolve();
    };
    const commit = (): Promise<number> => {
      assert.ok(this.staged.delete(storable), "it is committed once, and not when it is discarded");
      return this.append(storable);
    };
    return { commit, discard };
  }

  async append(storable: StorableBatch): Promise<number> {
    await this.gate;
    const { refuses, refusedPartition } = this;
    const isOfRefused = refusedPartition !== undefined && storable.partition === refusedPartition;
    if (refuses || isOfRefused) throw new WalqError("STORAGE", "no space");
    this.batches.push([...storable.batch.data]);
    this.partitions.push(storable.partition);
    return this.batches.length;
  }

  giveBelow(): void {}

  skip(): Promise<BatchCounts> {
    throw new Error("not asked for");
  }

  through(): Promise<boolean> {
    return Promise.resolve(true);
  }

  readonly oldest = undefined;
  readonly pending = { batches: 0, oldest: undefined, newestTaken: undefined };

  lane(): BatchLane {
    return this;
  }

  keepDeleted(): Promise<void> {
    return Promise.resolve();
  }

  configure(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }

  next(): Promise<Lease | undefined> {
    return Promise.resolve(undefined);
  }

  ack(): Promise<void> {
    return Promise.resolve();
  }

  quarantine(): Promise<void> {
    return Promise.resolve();
  }

  release(): void {}

  backlog(): [] {
    return [];
  }

  setAside(): Promise<[]> {
    return Promise.resolve([]);
  }

  totals(): StoreTotals {
    return { batches: 0, bytes: 0, signals: 0, uncounted: 0 };
  }
}
