import type { EndpointEvents, StoreRules } from "../../src/contracts.ts";
import { FileQueue } from "../../src/filequeue/filequeue.ts";
import type { SyncScheduler } from "../../src/filequeue/sync_scheduler.ts";
import type { MemoryPlatform } from "../../src/testing/memory.ts";
import { FakeEvents } from "./fake_events.ts";
import { MemoryLogger } from "./memory_logger.ts";

/** The default rules. */
export const RULES: StoreRules = {
  sync: "commit",
  syncIntervalMs: 1000,
  maxDiskBytes: 0,
  onFull: "drop_oldest",
};

/** A queue on a disk in memory, with what it tells. */
export async function openFileQueue(
  platform: MemoryPlatform,
  options: {
    readonly directory: string;
    readonly rules?: Partial<StoreRules>;
    readonly isOwner?: () => Promise<boolean>;
    readonly events?: EndpointEvents;
    readonly syncScheduler?: SyncScheduler;
    readonly hasZstd?: boolean;
  },
): Promise<{ queue: FileQueue; events: FakeEvents; logger: MemoryLogger }> {
  const events = new FakeEvents();
  const logger = new MemoryLogger();
  const queue = await FileQueue.open({
    files: platform.files,
    clock: platform.clock,
    events,
    logger,
    random: platform.random,
    hasZstd: true,
    isOwner: () => Promise.resolve(true),
    ...options,
    rules: { ...RULES, ...options.rules },
  });
  // What was found at start is counted in the background.
  await platform.time.settle();
  return { queue, events, logger };
}
