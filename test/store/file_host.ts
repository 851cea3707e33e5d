import type { StoreRules } from "../../src/contracts.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { openFileQueue } from "../support/file_queue.ts";
import type { StoreHost } from "./batch_store.contract.ts";

const ROOT = "/data";

/** A queue of files on a disk in memory. */
export async function openFileHost(
  rules: Partial<StoreRules> = {},
  platform: MemoryPlatform = new MemoryPlatform(),
  endpoint = "one",
): Promise<StoreHost> {
  const directory = `${ROOT}/${endpoint}`;
  const { queue, events } = await openFileQueue(platform, { directory, rules });
  const isRefused = { now: false };
  platform.files.fault = (step) => isRefused.now && step === "write" ? "io" : undefined;
  return {
    store: queue,
    events,
    async until(isSo) {
      await platform.time.settle();
      if (!await isSo()) throw new Error("it is not so, and nothing is under way");
    },
    crash: (other = rules) => openFileHost(other, platform.crash("worst"), endpoint),
    beside: () => openFileHost(rules, platform, "two"),
    async putDamaged(signals) {
      const id = await queue.append({ batch: fakeBatch(signals) });
      const path = `${directory}/wal/${id}.committed`;
      const bytes = await platform.files.read(path);
      await platform.files.remove(path);
      await platform.files.writeAndSync(path, [bytes.slice(0, -1)]);
      await platform.files.syncDirectory(`${directory}/wal`);
    },
    refuseAll(isNow) {
      isRefused.now = isNow;
    },
    close: () => queue.close(),
  };
}
