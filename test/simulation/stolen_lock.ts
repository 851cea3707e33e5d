/** What somebody does to a data path who does not know whose it is. */
import type { HttpClient } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { LOCK_NAME } from "../../src/filequeue/lock_file.ts";
import { Queue } from "../../src/queue.ts";
import { commit } from "./commits.ts";
import { SURVIVALS } from "./host.ts";
import { withRules } from "./label_rules.ts";
import { close, crash, finish, pass } from "./life.ts";
import { DATA_PATH, namesIn } from "./random_options.ts";
import { endpointOf } from "./wire_tap.ts";
import { isSame, type World } from "./world.ts";

/** By then the first process has looked at its lock, more than once. */
const LOOKS_MS = 2500;
/** What an owner leaves beside the endpoints' directories, and what a start leaves that is no owner yet. */
const OWN = /^\/data\/walq\.(?:lock|[0-9a-z]+\.owner)$/;
const DRAFT = /^\/data\/walq\.lock\.[0-9]/;
const COMMITTED = /\/([0-9]+)\.committed$/;

/** A network that leads nowhere: what its process sends gets no answer, and may be given up for that. */
function nowhere({ model, reader }: World): HttpClient {
  return {
    exchange: (request, signal) => {
      model.account(endpointOf(request.url)).attempt(reader.ofRequest(request));
      return new Promise((_resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    },
    close: () => Promise.resolve(),
  };
}

/** Removes the lock and starts a second process: it is refused as long as anything tells of the first. */
export async function stealLock(world: World): Promise<void> {
  const { host, dice } = world;
  const { files, livenessSockets } = host.memory;
  // One whose draft the disk would not remove is seen to be an owner by its lock alone.
  if (world.updating > 0 || files.paths().some((path) => DRAFT.test(path))) return;
  const takesAll = dice.chance(0.3);
  world.note(takesAll ? "all that tells of the owner is removed" : "the lock is removed");
  const canBePutBack = !takesAll && isSigned(world);
  world.isLockStolen = true;
  files.removeFile(`${DATA_PATH}/${LOCK_NAME}`);
  if (takesAll) {
    for (const path of files.paths()) if (OWN.test(path)) files.removeFile(path);
    livenessSockets.paths.clear();
  }
  const second = await startSecond(world);
  world.tally.stolenLocks++;
  if (host !== world.host) return;
  if (takesAll && second !== undefined) await useSecond(world, second);
  if (!takesAll && second !== undefined) {
    world.model.violate("a second process owns what the first one has");
  }
  if (host !== world.host || canBePutBack) return;
  // It does not know what has become of its files.
  if (dice.chance(0.5)) await close(world, 0);
  else crash(world, dice.pick(SURVIVALS), "after its lock was stolen");
}

/** Whether the disk has let the owner leave what its lock is put back from. */
function isSigned({ host: { memory: { files } } }: World): boolean {
  const lock = files.peek(`${DATA_PATH}/${LOCK_NAME}`);
  const signs = files.paths().filter((path) => path.endsWith(".owner"));
  return lock !== undefined && signs.some((path) => isSame(lock, files.peek(path)));
}

/** Undefined where it is refused. */
async function startSecond(world: World): Promise<Queue | undefined> {
  const { host, options, logger, model } = world;
  world.clocks.limit();
  const opening = Queue.open(withRules(options, model.labelRules), {
    platform: host.neighbour(nowhere(world)),
    logger,
  });
  if (!await finish(world, "the start of a second process", opening)) return undefined;
  try {
    return await opening;
  } catch (error) {
    const isRefusal = error instanceof WalqError && ["LOCKED", "STORAGE"].includes(error.code);
    if (!isRefusal) model.violate(`start of a second process: ${error}`);
    world.note(`the second process: ${(error as Error).message}`);
    return undefined;
  }
}

/** Both are at work, until the first one looks: then it has stopped, and the second one goes on. */
async function useSecond(world: World, second: Queue): Promise<void> {
  const { host, dice, disk, model, time } = world;
  const beganMs = time.monotonicMs();
  await pass(world, LOOKS_MS);
  if (host !== world.host) return;
  const first = host.queue!;
  const hasNoticed = first.stats().dataPathLost !== undefined;
  // A look that began while the disk was slow may still be under way.
  const couldLook = disk.mood === "well" && disk.wellSinceMs <= beganMs;
  if (!hasNoticed && couldLook) world.model.violate("a stolen lock was not noticed");
  // Who has taken what before the other one took more: nobody knows that of two owners.
  const isFirstToTake = model.commits.every(({ ackedMs, state }) =>
    ackedMs < beganMs || (ackedMs === Infinity && state !== "open" && state !== "accepted")
  );
  if (hasNoticed && isFirstToTake) {
    host.queue = second;
    const committed = commit(world, { durable: true, by: "bytes" }, dice.between(1, 4));
    if (!await finish(world, "a commit to the second process", committed)) return;
    host.queue = first;
  }
  const closing = second.close();
  if (!await finish(world, "the end of the second process", closing)) return;
  // A disk that refuses what it has kept may take it along: nobody was told that it is stored.
  await closing.catch(() => {});
}

/** Puts files where the next ones are to be. */
export function putInTheWay(world: World): void {
  const { host, dice, options } = world;
  const { files } = host.memory;
  const wal = world.walOf(dice.pick(namesIn(options)));
  const ids = files.paths().filter((path) => path.startsWith(wal)).flatMap((path) =>
    Number(COMMITTED.exec(path)?.[1] ?? [])
  );
  if (ids.length === 0) return;
  const last = Math.max(...ids);
  for (let id = last + 1; id <= last + 3; id++) {
    const path = `${wal}${id}.committed`;
    const bytes = Uint8Array.of(id % 256, 1, 2);
    files.plant(path, bytes);
    world.damaged.set(path, bytes);
    world.strangers.set(path, bytes);
  }
  world.note(`files are put in the way behind ${wal}${last}.committed`);
}

/** A file that another has written may be set aside, never replaced. */
export function checkStrangers({ strangers, host, model }: World): void {
  for (const [path, bytes] of strangers) {
    const { files } = host.memory;
    const now = files.peek(path);
    // The name is free again for whoever comes next.
    const isAside = isSame(bytes, files.peek(path.replace("/wal/", "/quarantine/")));
    if (now === undefined || isAside) strangers.delete(path);
    else if (!isSame(bytes, now)) model.violate(`${path} was overwritten`);
  }
}
