import type { StoreRules, StreamLog } from "../../src/contracts.ts";
import { Ownership, TAKE_OVER_MS } from "../../src/jetstream/ownership.ts";
import { StreamIntake } from "../../src/jetstream/intake.ts";
import { JetStreamStore } from "../../src/jetstream/store.ts";
import { recordNameOf, StreamSubjects } from "../../src/jetstream/subjects.ts";
import { headersOf } from "../../src/jetstream/words.ts";
import { encodeRecord } from "../../src/store/record.ts";
import { metaOf } from "../../src/formats/meta.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import type { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { RULES } from "../support/file_queue.ts";
import { FakeEvents } from "../support/fake_events.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import type { StoreHost } from "./batch_store.contract.ts";

/** Where a store of a stream is opened. */
export interface StreamPlace {
  readonly stream: string;
  readonly clock: VirtualClock;
  /** Another connection; what is asked of one that is cut goes nowhere. */
  connect(): Promise<{ readonly log: StreamLog; readonly cut: () => void }>;
  /** Lets what is under way come to its end. */
  settle(): Promise<void>;
  refuseAll(isRefused: boolean): void;
  close(): Promise<void>;
}

let processes = 0;

/** The store of a stream: it may be told that the servers have lost something. */
export interface StreamStoreHost extends StoreHost {
  /** How often it was. */
  wentBack(): number;
}

/** The store of an endpoint in a stream, with the partition taken. */
export async function openStreamHost(
  place: StreamPlace,
  rules: Partial<StoreRules> = {},
): Promise<StreamStoreHost> {
  const { clock } = place;
  const { log, cut } = await place.connect();
  const logger = new MemoryLogger();
  const ownership = new Ownership({
    log,
    clock,
    logger,
    record: recordNameOf(0),
    owner: `process ${++processes}`,
    onChange: () => {},
  });
  const intake = new StreamIntake(log, new StreamSubjects(place.stream), Math.random);
  ownership.start();
  const until: StoreHost["until"] = async (isSo) => {
    for (let turns = 0; !await isSo(); turns++) {
      if (turns > 5000) throw new Error(`it is not so: ${logger.lines.join("\n")}`);
      await place.settle();
    }
  };
  await place.settle();
  // The lease of who had it before is over some time after it was last renewed.
  if (!ownership.isHeld) {
    for (let passed = 0; passed < 2 * TAKE_OVER_MS && !ownership.isHeld; passed += 1000) {
      await clock.advance(1000);
      await place.settle();
    }
  }
  await until(() => ownership.isHeld);
  const host = async (endpoint: string): Promise<StreamStoreHost> => {
    const events = new FakeEvents();
    let wentBack = 0;
    const store: JetStreamStore = new JetStreamStore({
      endpoint,
      log,
      intake,
      clock,
      logger,
      events,
      rules: { ...RULES, ...rules },
      onWentBack: (from) => {
        wentBack++;
        store.wentBack(from);
      },
    });
    await store.attach([{ partition: 0, ownership }]);
    await place.settle();
    return {
      store,
      events,
      until,
      wentBack: () => wentBack,
      async crash(other = rules) {
        cut();
        return await openStreamHost(place, other);
      },
      beside: () => host("two"),
      async putDamaged(signals) {
        const data = new Uint8Array(signals);
        const record = encodeRecord({ meta: metaOf(fakeBatch(signals, data)), data });
        const whole = Uint8Array.from(record.flatMap((part) => [...part]));
        await log.publish({
          subject: intake.subjects.batches(0),
          id: "damaged",
          headers: headersOf({ signals, bytes: 0, times: undefined, only: undefined, pieces: [] }),
          data: whole.slice(0, -1),
        });
      },
      refuseAll: (isNow) => place.refuseAll(isNow),
      async close() {
        await store.close();
        await ownership.stop();
        await place.close();
      },
    };
  };
  return await host("one");
}
