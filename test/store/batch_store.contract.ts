import assert from "node:assert/strict";
import { test } from "node:test";
import type { BatchStore, StorableBatch, StoreRules } from "../../src/contracts.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import type { FakeEvents } from "../support/fake_events.ts";

/** A store, and the place where it keeps what it has. */
export interface StoreHost {
  readonly store: BatchStore;
  readonly events: FakeEvents;
  /** Resolves when this is so: at once, or when what is under way has come to its end. */
  until(isSo: () => boolean | Promise<boolean>): Promise<void>;
  /** What this process did not finish is lost; another process opens what is there. */
  crash(rules?: Partial<StoreRules>): Promise<StoreHost>;
  /** The store of another endpoint, of the same queue. */
  beside(): Promise<StoreHost>;
  /** A batch of so many signals is there, and cannot be read: its last byte is missing. */
  putDamaged(signals: number): Promise<void>;
  /** While it is there, what comes in is refused. */
  refuseAll(isRefused: boolean): void;
  close(): Promise<void>;
}

const never = new AbortController().signal;
const IN_BYTES = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

/**
 * What every {@link BatchStore} does: the same tests for all.
 *
 * @param open an empty one
 */
export function batchStoreContract(
  name: string,
  open: (rules?: Partial<StoreRules>) => Promise<StoreHost>,
): void {
  const told = (what: string, run: (host: StoreHost) => Promise<void>): void => {
    test(`${name}: ${what}`, async () => {
      const host = await open();
      try {
        await run(host);
      } finally {
        await host.close();
      }
    });
  };
  const batches = (host: StoreHost, count: number): Promise<void> =>
    host.until(() => host.store.totals().batches === count);

  told("what is appended comes out in order, with ids that grow", async (host) => {
    const { store } = host;
    const ids = [
      await store.append({ batch: fakeBatch(3, IN_BYTES(1, 1, 1)) }),
      await store.append({ batch: fakeBatch(4, IN_BYTES(2, 2, 2, 2)) }),
      await store.append({ batch: fakeBatch(1, IN_BYTES(3)) }),
    ];
    assert.deepEqual(ids, ids.toSorted((a, b) => a - b));
    assert.equal(new Set(ids).size, 3);
    await batches(host, 3);
    assert.equal(store.totals().signals, 8);
    for (const [at, id] of ids.entries()) {
      const lease = (await store.next(never))!;
      assert.deepEqual([lease.id, lease.data[0]], [id, at + 1]);
    }
  });

  told("what is acked does not count any more, and does not come again", async (host) => {
    const { store } = host;
    await store.append({ batch: fakeBatch(3) });
    await store.append({ batch: fakeBatch(4, IN_BYTES(4)) });
    const first = (await store.next(never))!;
    const second = (await store.next(never))!;
    await store.ack(second.id);
    await store.ack(first.id);
    assert.deepEqual(store.totals(), { batches: 0, bytes: 0, signals: 0, uncounted: 0 });
    await store.keepDeleted();
    const after = await host.crash();
    await after.store.append({ batch: fakeBatch(1, IN_BYTES(9)) });
    assert.deepEqual([...(await after.store.next(never))!.data], [9]);
  });

  told("next waits for a batch, and an abort ends the wait", async ({ store }) => {
    const stop = new AbortController();
    const nothing = store.next(stop.signal);
    stop.abort();
    assert.equal(await nothing, undefined);
    const waiting = store.next(never);
    const id = await store.append({ batch: fakeBatch(1) });
    assert.equal((await waiting)?.id, id);
  });

  told("what was acknowledged survives, and leases come again in their order", async (host) => {
    for (const byte of [1, 2, 3]) {
      await host.store.append({ batch: fakeBatch(2, IN_BYTES(byte)) });
    }
    await host.store.next(never);
    const second = (await host.store.next(never))!;
    await host.store.ack(second.id);
    const after = await host.crash();
    // What was acked out of order may come again: it must not be lost, or overtake.
    const bytes = [
      (await after.store.next(never))!.data[0],
      (await after.store.next(never))!.data[0],
    ];
    assert.ok(bytes.join() === "1,3" || bytes.join() === "1,2", bytes.join());
    await after.until(() => after.events.counts().acceptedTotal >= 4);
  });

  told("ids grow over a crash, also when all was delivered", async (host) => {
    const id = await host.store.append({ batch: fakeBatch(1, IN_BYTES(1)) });
    await host.store.ack((await host.store.next(never))!.id);
    await host.store.keepDeleted();
    const after = await host.crash();
    assert.ok(await after.store.append({ batch: fakeBatch(1, IN_BYTES(2)) }) > id);
  });

  told("released leases come again in order, before what waits", async ({ store }) => {
    for (const byte of [1, 2, 3]) await store.append({ batch: fakeBatch(1, IN_BYTES(byte)) });
    await store.next(never);
    await store.next(never);
    store.release();
    const again = [];
    for (let n = 0; n < 3; n++) again.push((await store.next(never))!.data[0]);
    assert.deepEqual(again, [1, 2, 3]);
  });

  told(
    "nothing from a bound on is given, and it is told when the rest is through",
    async (host) => {
      const { store } = host;
      const first = await store.append({ batch: fakeBatch(1, IN_BYTES(1)) });
      const second = await store.append({ batch: fakeBatch(1, IN_BYTES(2)) });
      await batches(host, 2);
      store.giveBelow(second);
      const lease = (await store.next(never))!;
      assert.equal(lease.id, first);
      const stop = new AbortController();
      const none = store.next(stop.signal);
      const through = store.through(never);
      await store.ack(first);
      assert.equal(await through, true);
      stop.abort();
      assert.equal(await none, undefined);
      store.giveBelow(Infinity);
      assert.equal((await store.next(never))!.id, second);
    },
  );

  told("two lanes are read side by side, each in order", async (host) => {
    const { store } = host;
    const ids: number[] = [];
    for (const byte of [1, 2, 3, 4]) {
      ids.push(await store.append({ batch: fakeBatch(1, IN_BYTES(byte)) }));
    }
    await batches(host, 4);
    const lane = store.lane(ids[2]!);
    store.giveBelow(ids[2]!);
    const order = [
      (await lane.next(never))!.id,
      (await store.next(never))!.id,
      (await lane.next(never))!.id,
      (await store.next(never))!.id,
    ];
    assert.deepEqual(order, [ids[2], ids[0], ids[3], ids[1]]);
    assert.deepEqual(lane.pending, { batches: 2, oldest: ids[2], newestTaken: ids[3] });
    lane.release();
    assert.equal((await lane.next(never))!.id, ids[2]);
  });

  told(
    "what was staged becomes part of it in turn, and what was discarded does not",
    async (host) => {
      const { store } = host;
      const first = await store.stage({ batch: fakeBatch(1, IN_BYTES(1)) });
      const second = await store.stage({ batch: fakeBatch(1, IN_BYTES(2)) });
      const third = await store.stage({ batch: fakeBatch(1, IN_BYTES(3)) });
      await second.discard();
      const ids = [await first.commit(), await third.commit()];
      assert.ok(ids[0]! < ids[1]!);
      const got = [(await store.next(never))!.data[0], (await store.next(never))!.data[0]];
      assert.deepEqual(got, [1, 3]);
      assert.equal(store.totals().batches, 2);
    },
  );

  told("what is refused is not there, and is taken when it is tried again", async (host) => {
    const storable = { batch: fakeBatch(2, IN_BYTES(7)) };
    host.refuseAll(true);
    await assert.rejects(host.store.append(storable));
    host.refuseAll(false);
    assert.equal(host.store.totals().batches, 0);
    await host.store.append(storable);
    assert.equal((await host.store.next(never))!.data[0], 7);
    assert.equal(host.store.totals().batches, 1);
  });

  told(
    "a leased batch that cannot be read is set aside with the reason, and the rest goes on",
    async (host) => {
      await host.store.append({ batch: fakeBatch(3, IN_BYTES(1)) });
      await host.store.append({ batch: fakeBatch(2, IN_BYTES(2)) });
      const lease = (await host.store.next(never))!;
      await host.store.quarantine(lease.id, "the kernel cannot read it");
      assert.equal((await host.store.next(never))!.data[0], 2);
      assert.deepEqual(host.store.totals().signals, 2);
      assert.equal(host.events.counts().quarantinedTotal, 1);
      assert.equal(host.events.counts().droppedTotal.corrupt, 3);
      await host.until(async () => (await host.store.setAside(10)).length === 1);
      const [aside] = await host.store.setAside(10);
      assert.deepEqual([aside!.id, aside!.reason], [lease.id, "the kernel cannot read it"]);
      await host.store.keepDeleted();
      const after = await host.crash();
      assert.equal((await after.store.next(never))!.data[0], 2);
      assert.equal((await after.store.setAside(10)).length, 1);
    },
  );

  told("a damaged batch is set aside, and costs itself alone", async (host) => {
    await host.putDamaged(3);
    await host.store.append({ batch: fakeBatch(2, IN_BYTES(2)) });
    const after = await host.crash();
    assert.equal((await after.store.next(never))!.data[0], 2);
    assert.equal(after.events.counts().quarantinedTotal, 1);
    await after.until(async () => (await after.store.setAside(10)).length === 1);
    await after.until(() => after.store.totals().uncounted === 0);
    assert.equal(after.store.totals().signals, 2);
  });

  told("what is older is skipped on purpose, counted, and stays so", async (host) => {
    const at = (newestMs: number, byte: number): StorableBatch => ({
      batch: {
        ...fakeBatch(2, IN_BYTES(byte)),
        format: "walq.metrics.v1",
        oldestMs: newestMs - 5,
        newestMs,
      },
    });
    await host.store.append(at(1000, 1));
    await host.store.append(at(3000, 2));
    await host.store.append(at(2000, 3));
    await batches(host, 3);
    const rule = { beforeMs: 2500, isOlder: () => false, signal: never };
    const told = await host.store.skip({ ...rule, isDryRun: true });
    assert.deepEqual(told, { batches: 2, signals: 4 });
    assert.equal(host.store.totals().batches, 3);
    assert.deepEqual(await host.store.skip({ ...rule, isDryRun: false }), told);
    assert.equal(host.events.counts().droppedTotal.skipped, 4);
    assert.equal(host.store.totals().batches, 1);
    const after = await host.crash();
    assert.equal((await after.store.next(never))!.data[0], 2);
  });

  told("two endpoints get the same batches under the same ids, each in its time", async (host) => {
    const other = await host.beside();
    const storable = { batch: fakeBatch(1, IN_BYTES(1)) };
    const id = await host.store.append(storable);
    assert.equal(await other.store.append(storable), id);
    assert.equal((await host.store.next(never))!.id, id);
    await host.store.ack(id);
    await host.store.keepDeleted();
    const lease = (await other.store.next(never))!;
    assert.deepEqual([lease.id, lease.data[0]], [id, 1]);
  });

  told("what is sent again to one endpoint goes to it alone, each time", async (host) => {
    const other = await host.beside();
    const batch = fakeBatch(1, IN_BYTES(1));
    await host.store.append({ batch, again: "request" });
    await host.store.append({ batch, again: "request" });
    const both = { batch: fakeBatch(1, IN_BYTES(2)) };
    await host.store.append(both);
    await other.store.append(both);
    const got = [];
    for (let n = 0; n < 3; n++) {
      const { data, again } = (await host.store.next(never))!;
      got.push([data[0], again]);
    }
    assert.deepEqual(got, [[1, "request"], [1, "request"], [2, undefined]]);
    assert.equal((await other.store.next(never))!.data[0], 2);
    assert.equal(other.store.totals().batches, 1);
  });

  test(`${name}: over its limit the oldest that wait are dropped and counted`, async () => {
    const host = await open({ maxDiskBytes: 3000, onFull: "drop_oldest" });
    try {
      for (const byte of [1, 2, 3, 4, 5]) {
        await host.store.append({ batch: fakeBatch(1, new Uint8Array(1000).fill(byte)) });
      }
      await host.until(() => host.events.counts().acceptedTotal === 5);
      await host.until(() => host.store.totals().bytes <= 3000);
      const { droppedTotal: dropped, acceptedTotal } = host.events.counts();
      assert.equal(acceptedTotal, dropped.disk_limit + host.store.totals().signals);
      assert.equal((await host.store.next(never))!.data[0], dropped.disk_limit + 1);
    } finally {
      await host.close();
    }
  });

  told("the accounts close at each step", async (host) => {
    const { store, events } = host;
    const closes = (settled: number): boolean =>
      events.counts().acceptedTotal === settled + store.totals().signals;
    for (const signals of [1, 2, 3, 4]) {
      await store.append({ batch: fakeBatch(signals, new Uint8Array(signals).fill(signals)) });
    }
    await batches(host, 4);
    assert.ok(closes(0));
    await store.ack((await store.next(never))!.id);
    assert.ok(closes(1));
    await store.quarantine((await store.next(never))!.id, "no");
    assert.ok(closes(3));
    store.release();
    assert.ok(closes(3));
  });
}
