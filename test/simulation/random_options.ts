import type { SyncLevel } from "../../src/contracts.ts";
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import type { Dice } from "./dice.ts";
import { DROPS } from "./refusals.ts";

export const DATA_PATH = "/data";
export const ENDPOINTS: readonly string[] = ["one", "two", "three"];

/** How long files may stay without an fsync, with `sync: interval`. */
export const SYNC_INTERVAL_MS = 200;

export function randomSync(dice: Dice): SyncLevel {
  return dice.weighted({ commit: 6, interval: 3, none: 1 });
}

/** Options for a queue; small numbers, so that every limit is met often. */
export function randomOptions(
  dice: Dice,
  names: readonly string[],
  sync: SyncLevel,
): QueueOptions {
  return {
    dataPath: DATA_PATH,
    ttl: dice.chance(0.8) ? "1000d" : "30m",
    persistence: {
      maxSignalsToBatch: dice.pick([1, 5, 20, 1000]),
      batchInterval: dice.pick(["100ms", "1s", "5s"]),
      groupCommitInterval: dice.pick([0, "1ms", "20ms", "200ms"]),
      sync,
      syncInterval: SYNC_INTERVAL_MS,
    },
    endpoints: names.map((name) => randomEndpoint(dice, name)),
  };
}

/** Some of the options changed; which endpoints there are, too. */
export function changedOptions(dice: Dice, options: QueueOptions): QueueOptions {
  const names = dice.chance(0.4) ? someNames(dice) : namesIn(options);
  const fresh = randomOptions(dice, names, options.persistence!.sync!);
  const endpoints = fresh.endpoints.map((endpoint) => {
    const before = options.endpoints.find(({ name }) => name === endpoint.name);
    return before !== undefined && dice.chance(0.4) ? before : endpoint;
  });
  const { drainOrphans: _drain, forgetOrphans: _forget, ...kept } = dice.chance(0.5)
    ? options
    : fresh;
  return { ...kept, endpoints, ...randomOrphans(dice, names) };
}

/** One endpoint alone, by this name; what it left by others is to go to it or not. */
export function renamedTo(
  dice: Dice,
  options: QueueOptions,
  name: string,
  isDrained: boolean,
): QueueOptions {
  const before = options.endpoints.find((endpoint) => endpoint.name === name);
  const others = ENDPOINTS.filter((other) => other !== name);
  const drains = others.map((other) => [other, name] as const);
  return {
    ...options,
    endpoints: [before ?? randomEndpoint(dice, name)],
    drainOrphans: Object.fromEntries(isDrained ? drains : []),
    forgetOrphans: [],
  };
}

/** What becomes of what the other endpoints have left. */
function randomOrphans(
  dice: Dice,
  names: readonly string[],
): Pick<QueueOptions, "drainOrphans" | "forgetOrphans"> {
  const drainOrphans: Record<string, string> = {};
  const forgetOrphans: string[] = [];
  // Often to the same one: they are names that it had.
  const heir = dice.pick(names);
  for (const gone of ENDPOINTS.filter((name) => !names.includes(name))) {
    if (dice.chance(0.4)) continue;
    if (dice.chance(0.1)) forgetOrphans.push(gone);
    else drainOrphans[gone] = dice.chance(0.8) ? heir : dice.pick(names);
  }
  return { drainOrphans, forgetOrphans };
}

export function namesIn(options: QueueOptions): string[] {
  return options.endpoints.map(({ name }) => name);
}

/** Names come and go, and come back. */
export function someNames(dice: Dice): readonly string[] {
  return dice.pick([
    ["one"],
    ["two"],
    ["three"],
    ["one", "two"],
    ["three", "one"],
    ["three", "two"],
    ENDPOINTS,
  ]);
}

/** Says in each request that a 400 splits it, so that the model knows what to make of one. */
export const SPLITS = "x-splits";

function randomEndpoint(dice: Dice, name: string): EndpointOptions {
  const splits = dice.chance(0.5);
  const drops = dice.chance(0.1);
  return {
    name,
    url: `http://${name}.${dice.pick(["a", "b"])}/write`,
    ...(dice.chance(0.3) ? { bearerToken: dice.pick(["old", "new"]) } : {}),
    writeTimeout: dice.pick(["1s", "30s"]),
    retryBackoff: dice.pick(["10ms", "1s"]),
    maxRetryAttempts: dice.chance(0.95) ? 0 : 2,
    splitOnBadRequest: splits,
    onRefused: drops ? "drop" : "hold",
    headers: { ...(splits ? { [SPLITS]: "yes" } : {}), ...(drops ? { [DROPS]: "yes" } : {}) },
    ...randomBatchCounts(dice),
    flushInterval: dice.pick(["10ms", "1s", "5s"]),
    ...randomParallelism(dice),
    ...(dice.chance(0.5) ? { protobufMessage: "io.prometheus.write.v2.Request" } : {}),
    ...(dice.chance(0.15) ? randomLimit(dice) : {}),
    ...(dice.chance(0.1) ? { rejectedBytesMax: dice.pick([1024, 8192]) } : {}),
    ...(dice.chance(0.3) ? { keepDelivered: dice.pick(["1m", "1h"]) } : {}),
    ...(dice.chance(0.2) ? { externalLabels: { region: dice.pick(["eu", "us"]) } } : {}),
  };
}

/** A request may grow while its shard is busy, or not. */
function randomBatchCounts(dice: Dice): Partial<EndpointOptions> {
  const batchCount = dice.pick([1, 3, 10, 1000]);
  return { batchCount, ...(dice.chance(0.5) ? { batchCountMax: batchCount * 4 } : {}) };
}

/** A fixed number of shards, or one that moves at the least cause. */
function randomParallelism(dice: Dice): Partial<EndpointOptions> {
  if (dice.chance(0.4)) return { parallelism: dice.pick([1, 2, 4]) };
  return {
    minShards: dice.pick([1, 2]),
    maxShards: dice.pick([2, 3, 6]),
    driftScaleUp: dice.pick(["10ms", "100ms", "1s"]),
    driftScaleDown: "10ms",
    desiredCheckInterval: dice.pick(["50ms", "300ms", "1s"]),
    desiredConnectionsLookback: dice.pick(["100ms", "1s", "1m"]),
    networkFlushInterval: dice.pick(["50ms", "1s", "1m"]),
    allowedNetworkErrorFraction: dice.pick([0.5, 1]),
  };
}

/** Room for a few files. */
function randomLimit(dice: Dice): Pick<EndpointOptions, "maxDiskBytes" | "onFull"> {
  return { maxDiskBytes: dice.pick([1024, 4096]), onFull: dice.pick(["drop_oldest", "reject"]) };
}
