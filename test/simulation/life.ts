/** What happens to the process: opened, closed, updated, killed. */
import { WalqError } from "../../src/errors.ts";
import type { QueueOptions } from "../../src/options.ts";
import { checkSynced } from "./checks.ts";
import { type Survival, SURVIVALS } from "./host.ts";
import { noteLosses } from "./kept.ts";
import { withRules } from "./label_rules.ts";
import { forgetCounters } from "./losses.ts";
import { namesIn } from "./random_options.ts";
import { forgetLost, forgetUnsynced } from "./unsynced.ts";
import type { World } from "./world.ts";

/** How long anything that was called may take, in the queue's time: slow disks and retries included. */
const CALL_MS_MAX = 20 * 60_000;

/** Between two looks at what a power cut would take. */
const LOOK_MS = 100;

/** Lets time pass; kills the process where the disk was told to freeze. */
export async function pass(world: World, ms: number): Promise<void> {
  const look = eachWhile(world, () => {
    // What has grown too old by now may be gone.
    world.passTime();
    checkSynced(world);
  });
  await world.time.advanceUntil(() => {
    look();
    return world.disk.frozen;
  }, ms);
  world.passTime();
  if (world.disk.frozen) crash(world, world.dice.pick(SURVIVALS), "in a file operation");
}

/** Called after each timer, it does something now and then: on a disk that is slow to sync. */
function eachWhile({ time, disk }: World, act: () => void): () => void {
  let nextMs = time.monotonicMs();
  return () => {
    if (disk.fsyncMs === 0 || time.monotonicMs() < nextMs) return;
    nextMs = time.monotonicMs() + LOOK_MS;
    act();
  };
}

/** Waits for a call; false when the process crashed meanwhile. */
export async function finish(world: World, what: string, call: Promise<unknown>): Promise<boolean> {
  let settled = false;
  call.then(() => settled = true, () => settled = true);
  const { host } = world;
  const done = await world.time.advanceUntil(() => settled || world.disk.frozen, CALL_MS_MAX);
  world.passTime();
  if (!settled && world.disk.frozen) {
    crash(world, world.dice.pick(SURVIVALS), `in ${what}`);
    return false;
  }
  // Nobody waits for it: it would be for ever.
  if (!done) world.model.violate(`${what} hangs`);
  return done && world.host === host;
}

/** Opens the queue if the disk lets us; true when it is open. */
export async function open(world: World): Promise<boolean> {
  const { host, model, options } = world;
  if (host.queue !== undefined) return true;
  world.clocks.boot();
  world.batchSizeMax = 0;
  world.parallelism.clear();
  world.requestSizeMax.clear();
  world.diskLimit.clear();
  host.leases.clear();
  world.admit(options);
  // Before it is open it may send: the counters of its answers begin here.
  for (const name of namesIn(options)) openAccount(world, name);
  model.labelRules?.restart();
  const opening = host.open(configured(world, options));
  if (!await finish(world, "open", opening)) return false;
  try {
    await opening;
  } catch (error) {
    const isRefusal = error instanceof WalqError && error.code === "STORAGE";
    if (!isRefusal) model.violate(`open: ${error}`);
    for (const name of namesIn(options)) model.account(name).remove();
    world.note(`cannot open: ${(error as Error).message}`);
    return false;
  }
  world.note("open");
  return true;
}

export async function close(world: World, graceMs: number): Promise<void> {
  const { host, model } = world;
  const { queue } = host;
  if (queue === undefined) return;
  world.note(`close, grace ${graceMs} ms`);
  const accepted = model.commits.filter(({ state }) => state === "accepted");
  const closing = queue.close({ graceMs });
  if (!await finish(world, "close", closing)) return;
  noteLosses(world);
  forgetCounters(world);
  world.isLockStolen = false;
  host.queue = undefined;
  try {
    await closing;
    for (const commit of accepted) model.ack(commit, world.time.monotonicMs());
  } catch (error) {
    if (!isStorage(error)) model.violate(`close: ${error}`);
    world.note(`close failed: ${(error as Error).message}`);
  }
  await world.time.settle();
  for (const { id } of world.unanswered) model.violate(`commit ${id} has no answer after close`);
  if (world.tap.inFlight > 0) model.violate("a request is in flight after close");
  if (host.clock.timers > 0) model.violate(`${host.clock.timers} timers after close`);
  forgetLost(world);
  model.interrupt();
  world.tally.restarts++;
}

export function crash(world: World, survival: Survival, where: string = ""): void {
  world.note(`crash, ${survival} ${where}`);
  noteLosses(world);
  forgetCounters(world);
  world.isLockStolen = false;
  forgetLost(world);
  if (survival !== "all") forgetUnsynced(world);
  world.host = world.host.crash(survival);
  world.unanswered.clear();
  world.updating = 0;
  if (world.retrying > 0) world.tally.retriesCut++;
  world.retrying = 0;
  world.model.interrupt();
  world.crashes++;
  world.tally.crashes++;
}

/** Calls update; it goes on beside what comes next. */
export function update(world: World, options: QueueOptions): Promise<void> {
  const { host, model } = world;
  const before = world.options;
  world.note(`update ${JSON.stringify(options)}`);
  const names = namesIn(options);
  const added = names.filter((name) => !namesIn(before).includes(name));
  const removed = namesIn(before).filter((name) => !names.includes(name));
  const accounts = [...model.accounts.values()];
  const drainedBefore = new Map(accounts.map((account) => [account, account.drained]));
  noteLosses(world);
  const rulesEnd = model.labelRules?.update();
  const changed = host.queue!.update(configured(world, options));
  world.passTime();
  if (world.updating === 0) world.leaving = before;
  world.admit(options);
  const drained = new Map(accounts.map((account) => [account, account.drained]));
  world.updating++;
  world.tally.updates++;
  for (const name of removed) {
    model.account(name).remove();
    model.account(name).removedMs = world.time.monotonicMs();
  }
  return changed.then(
    () => {
      if (world.host !== host) return;
      rulesEnd?.(true);
      world.passTime();
      world.updating--;
      for (const name of added) openAccount(world, name);
      for (const [account, after] of drained) account.heirsFrom(drainedBefore.get(account)!, after);
    },
    (error) => {
      if (world.host !== host) return;
      rulesEnd?.(false);
      world.passTime();
      world.updating--;
      world.note(`update failed: ${error.message}`);
      if (!(error instanceof WalqError)) model.violate(`update: ${error}`);
      if (isClosed(error)) return;
      // Nothing was changed.
      world.admit(before);
      for (const name of removed) model.account(name).stay();
    },
  );
}

function openAccount(world: World, name: string): void {
  world.model.account(name).open();
  world.model.account(name).presentMs = world.time.monotonicMs();
}

export function isStorage(error: unknown): boolean {
  return error instanceof WalqError && error.code === "STORAGE";
}

function isClosed(error: unknown): boolean {
  return error instanceof WalqError && error.code === "CLOSED";
}

/** The options as a queue gets them: with what this schedule tries beside. */
function configured({ orders, replays, model }: World, options: QueueOptions): QueueOptions {
  return replays.change(orders.change(withRules(options, model.labelRules)));
}
