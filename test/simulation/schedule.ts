import { loadKernel } from "../../src/kernel/kernel.ts";
import { act } from "./actions.ts";
import { checkAll } from "./checks.ts";
import { commit, flush } from "./commits.ts";
import { close, finish, open, pass, update } from "./life.ts";
import { checkAllArrived, hasRejected, isRetryDue, retry } from "./kept.ts";
import { nameOf } from "./model.ts";
import { ENDPOINTS, namesIn, randomOptions } from "./random_options.ts";
import type { Sabotage } from "./sabotage.ts";
import type { Tally } from "./tally.ts";
import { World } from "./world.ts";

/** Retry-After is obeyed for five minutes; a slow disk and the backoff come on top. */
const DRAIN_MS_MAX = 3 * 3_600_000;

/** So many requests may have been refused, and wait for room one after the other. */
const RETRIES_MAX = 200;

/** A promise was broken. */
export class BrokenPromise extends Error {
  readonly seed: number;
  readonly trace: readonly string[];

  constructor(seed: number, violation: string, trace: readonly string[]) {
    super(`seed ${seed}: ${violation}`);
    this.seed = seed;
    this.trace = trace;
  }
}

/** What a schedule is. */
export interface ScheduleOptions {
  readonly seed: number;
  readonly steps: number;
  readonly tally: Tally;
  readonly sabotage?: Sabotage;
}

/**
 * Runs one schedule: random moves, each followed by all checks of safety; then
 * everything is healed and all that is pending must arrive. Returns what was done.
 *
 * @throws {BrokenPromise} at the first promise that does not hold.
 */
export async function runSchedule(options: ScheduleOptions): Promise<readonly string[]> {
  const { seed, tally, sabotage } = options;
  await loadKernel();
  const repair = sabotage?.patch?.();
  try {
    const world = new World(seed, tally, sabotage);
    await runMoves(world, options);
    await checkLiveness(world, seed);
    count(world, tally);
    return world.trace;
  } finally {
    repair?.();
  }
}

async function runMoves(world: World, { seed, steps, tally }: ScheduleOptions): Promise<void> {
  for (let step = 0; step < steps; step++) {
    world.stepClocks();
    world.skips.step(world);
    world.replays.step(world);
    if (await open(world)) {
      await act(world);
      await world.outages.step(world);
    } else await pass(world, 1000);
    await world.time.settle();
    tally.steps++;
    check(world, seed);
    // What freezes a process that is being opened again is over with it.
    if (world.host.queue === undefined && world.dice.chance(0.3)) heal(world);
  }
}

function check(world: World, seed: number): void {
  checkAll(world);
  const [violation] = world.model.violations;
  if (violation !== undefined) throw new BrokenPromise(seed, violation, world.trace);
}

function heal(world: World): void {
  world.disk.change("well", world.host.memory.files);
  world.disk.thaw();
  for (const endpoint of world.endpoints.values()) endpoint.mood = "well";
  world.note("all is healed");
}

/** Heals everything: all that is owed arrives in bounded time, and nothing is left over. */
async function checkLiveness(world: World, seed: number): Promise<void> {
  const { model } = world;
  if (world.disk.frozen) await pass(world, 0);
  if (world.resends.isShutAtEnd()) await beTurnedAway(world);
  heal(world);
  await drain(world, seed);
  // Files that the disk would not remove, and refused ones, are met at the next start.
  await close(world, 0);
  await drain(world, seed);
  // All is sent again at least once.
  const isDue = (times: number): boolean => times === 0 ? hasRejected(world) : isRetryDue(world);
  for (let times = 0; times < RETRIES_MAX && isDue(times); times++) {
    await finish(world, "retry", retry(world));
    await drain(world, seed);
  }
  checkAllArrived(world);
  await close(world, 0);
  check(world, seed);
  for (const [name, { outstanding }] of model.accounts) {
    for (const row of outstanding) {
      if (!model.account(name).isExcused(row)) {
        model.violate(`${name}: ${nameOf(row)} never arrived`);
      }
    }
  }
  const files = world.host.memory.files.paths().filter((path) => path.includes("/wal/"));
  if (files.length > 0) model.violate(`left on disk: ${files.join(", ")}`);
  check(world, seed);
}

/** Who was refused asks again without a restart, too. */
async function beTurnedAway(world: World): Promise<void> {
  if (world.host.queue === undefined) return;
  world.note("all endpoints are unwilling");
  for (const endpoint of world.endpoints.values()) endpoint.mood = "unwilling";
  void commit(world, { durable: true, by: "bytes" }, 2);
  await pass(world, 5000);
}

async function drain(world: World, seed: number): Promise<void> {
  if (!await open(world)) world.model.violate("cannot open on a host that is well");
  check(world, seed);
  if (namesIn(world.options).length < ENDPOINTS.length || world.updating > 0) {
    await finish(world, "update", update(world, randomOptions(world.dice, ENDPOINTS, world.sync)));
  }
  // After a failure the disk is tried again within half a minute.
  await pass(world, 60_000);
  await finish(world, "flush", flush(world));
  await finish(world, "commit", commit(world, { durable: true, by: "bytes" }, 1));
  const isDrained = (): boolean => {
    const { endpoints, bufferedSignals } = world.host.queue!.stats();
    // What one endpoint's store has, and another one's had no room for, is in memory.
    return bufferedSignals === 0 && endpoints.every(({ pendingSignals }) => pendingSignals === 0);
  };
  if (!await world.time.advanceUntil(isDrained, DRAIN_MS_MAX)) {
    world.model.violate("not all that is pending is sent");
  }
  for (const { name, pendingBatches, pendingBytes } of world.host.queue!.stats().endpoints) {
    if (pendingBatches === 0 && pendingBytes === 0) continue;
    world.model.violate(`${name}: ${pendingBatches} batches, ${pendingBytes} bytes, 0 signals`);
  }
  world.passTime();
  check(world, seed);
}

function count(world: World, tally: Tally): void {
  tally.schedules++;
  if (world.crashes > 0) tally.crashSchedules++;
  tally.acknowledged += world.model.rowsAcked;
  const { lines } = world.logger;
  tally.reshards += lines.filter((line) => line.includes("number of shards has changed")).length;
  for (const account of world.model.accounts.values()) {
    tally.delivered += account.taken.size;
    tally.duplicates += account.duplicates;
    tally.rejected += account.dropped.size;
  }
}
