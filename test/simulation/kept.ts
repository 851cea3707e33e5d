/** What endpoints have refused and taken, as it lies on the disk: held against what they answered, and sent again. */
import { WalqError } from "../../src/errors.ts";
import type { MemoryFileSystem } from "../../src/testing/memory.ts";
import { rowsIn } from "./checks.ts";
import type { EndpointAccount } from "./endpoint_account.ts";
import { keptRows } from "./kept_files.ts";
import { countLosses, mayBeLostUnseen } from "./losses.ts";
import { nameOf, type Row } from "./model.ts";
import { ENDPOINTS } from "./random_options.ts";
import type { World } from "./world.ts";

/** What somebody asks for on purpose may be refused with these, and no others. */
const REFUSALS: readonly string[] = ["STORAGE", "CLOSED"];

/**
 * Each row that was refused for good is in the queue until it is in `rejected/`, and there,
 * or in the queue again, until it is delivered; but for those that the queue counts as lost.
 */
export function checkKept(world: World): void {
  noteLosses(world);
  const { files } = world.host.memory;
  const durable = files.afterPowerCut();
  const left = world.sync === "commit" ? durable : files;
  for (const endpoint of ENDPOINTS) {
    const account = world.model.account(endpoint);
    // It may refuse something until the change of options comes to it.
    if (world.options.forgetOrphans?.includes(endpoint)) account.forget();
    if (account.refused.size + account.kept.size === 0) continue;
    const names = account.directories.map(({ name }) => name);
    const kept = new Set(names.flatMap((name) => [...keptRows(world, left, name)]));
    const queued = new Set(names.flatMap((name) => [...rowsIn(world, left, name)]));
    const safe = new Set(names.flatMap((name) => [...keptRows(world, durable, name)]));
    for (const row of missing(account, { safe, kept, queued })) {
      account.forgive([row]);
      if (mayBeLostUnseen(account, row)) continue;
      if (--account.mayMiss >= 0) continue;
      const message = `${endpoint}: ${nameOf(row)} was refused, and is nowhere`;
      world.model.violate(message);
      return;
    }
  }
  for (const { mayHaveLost } of world.model.accounts.values()) mayHaveLost.clear();
}

/** Which rows lie in `rejected/` as it would be after a power cut, in it as it is, and in the queue. */
interface Places {
  readonly safe: ReadonlySet<Row>;
  readonly kept: ReadonlySet<Row>;
  readonly queued: ReadonlySet<Row>;
}

function missing(account: EndpointAccount, { safe, kept, queued }: Places): Row[] {
  const isTaken = (row: Row): boolean => account.directories.some(({ taken }) => taken.has(row));
  for (const row of account.refused) {
    // The power may take the file as long as its name is not synced: below `commit` all of it is gone then.
    if (safe.has(row)) account.kept.add(row);
    // What is too old, or was tried too often, may have had another outcome meanwhile.
    if (safe.has(row) || isTaken(row) || account.isExcused(row)) account.refused.delete(row);
  }
  for (const row of account.kept) if (isTaken(row)) account.kept.delete(row);
  const all = new Set([...account.refused, ...account.kept]);
  // A crash before it is kept leaves the damaged file alone.
  const isDamaged = (row: Row): boolean =>
    !account.kept.has(row) && account.directories.some(({ damaged }) => damaged.has(row));
  const gone = [...all].filter((row) => !kept.has(row) && !queued.has(row));
  // What was in the queue again may have grown too old there, or gone to another endpoint with it.
  const [excused, lost] = partition(
    gone,
    (row) => account.isExcused(row) || account.isPassedOn(row) || isDamaged(row),
  );
  account.forgive(excused);
  return lost;
}

function partition(rows: readonly Row[], isFirst: (row: Row) => boolean): [Row[], Row[]] {
  return [rows.filter(isFirst), rows.filter((row) => !isFirst(row))];
}

/**
 * What an endpoint loses whose counters are gone before anybody looks is not known: where
 * nothing has failed in its `rejected/` it loses nothing.
 */
export function noteLosses(world: World): void {
  const { model } = world;
  countLosses(world);
  for (const account of model.accounts.values()) {
    if (world.isLockStolen || isUncounted(world, account)) account.forgive([...account.refused]);
  }
  world.keepFailed.clear();
}

/** Whether something was lost, perhaps, by one whose counters are gone by now. */
function isUncounted({ keepFailed, updating }: World, account: EndpointAccount): boolean {
  const mayGo = updating > 0 || !account.isAlone;
  return account.directories.some(({ name }) => keepFailed.get(name) ?? false) ||
    (mayGo && account.directories.some(({ name }) => keepFailed.has(name)));
}

/** Sends again what was refused; it goes on beside what comes next. */
export function retry(world: World): Promise<void> {
  const { tally, host } = world;
  const isOfSome = hasRejected(world);
  tally.retries++;
  if (isOfSome) tally.retriesOfSome++;
  if (isOfSome) world.retrying++;
  const retried = host.queue!.retryRejected().then(({ signals }) => {
    tally.sentAgain += signals;
  });
  return settled(world, "retry", retried).finally(() => {
    if (isOfSome && host === world.host) world.retrying--;
  });
}

/** Sends again what was delivered in the last while. */
export function replay(world: World): Promise<void> {
  const { dice, time } = world;
  const toMs = Math.floor(time.nowMs()) + dice.between(-60_000, 60_000);
  const fromMs = toMs - dice.between(1, 300_000);
  const { endpoints } = world.options;
  const keeping = endpoints.filter(({ keepDelivered }) => keepDelivered !== undefined);
  const endpoint = dice.pick(keeping.length > 0 ? keeping : endpoints).name;
  return world.replays.run(world, { endpoint, fromMs, toMs });
}

export function isRefusal(error: unknown): boolean {
  return error instanceof WalqError && REFUSALS.includes(error.code);
}

async function settled(world: World, what: string, call: Promise<void>): Promise<void> {
  const { host, model } = world;
  try {
    await call;
  } catch (error) {
    if (host !== world.host) return;
    world.note(`${what}: ${(error as Error).message}`);
    if (!isRefusal(error)) model.violate(`${what}: ${error}`);
  }
}

/**
 * On a host that is well all that is kept arrives when it is sent again; but for as many as
 * were refused again and could not be kept, which is counted.
 */
export function checkAllArrived(world: World): void {
  const { model, host } = world;
  const missing = new Map<string, number>();
  for (const [name, row] of notArrived(world)) {
    const count = (missing.get(name) ?? 0) + 1;
    missing.set(name, count);
    if (count <= model.account(name).mayMiss) continue;
    model.violate(`${name}: ${nameOf(row)} was not sent again`);
  }
  const left = rejectedPaths(host.memory.files);
  if (left.length > 0 && !model.hasCompany) model.violate(`not sent again: ${left.join(", ")}`);
}

/**
 * Whether something is refused and is to be sent again, as there may be room for one request
 * at a time. Nobody ever says that it has written an exemplar: where there are some, what
 * has them is refused again and again, and sent as long as one of its samples has not arrived.
 */
export function isRetryDue(world: World): boolean {
  return hasRejected(world) && (!world.model.hasCompany || notArrived(world).length > 0);
}

/** What was kept and has to arrive, by endpoint. */
function notArrived({ model }: World): [string, Row][] {
  // What an orphan kept of another endpoint's refusals goes to the orphan's own.
  const alone = [...model.accounts.values()].filter(({ isAlone }) => isAlone);
  return alone.flatMap(({ name, kept, taken }) =>
    [...kept].filter((row) => !taken.has(row)).map((row): [string, Row] => [name, row])
  );
}

export function hasRejected({ host }: World): boolean {
  return rejectedPaths(host.memory.files).length > 0;
}

function rejectedPaths(files: MemoryFileSystem): string[] {
  return files.paths().filter((path) => path.endsWith(".rejected"));
}
