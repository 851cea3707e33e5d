/** Safety: what must hold at every moment. */
import { type Commit, nameOf, type Row } from "./model.ts";
import { ACKS_AT_ONCE_MAX } from "../../src/endpoint/endpoint.ts";
import { WRITES_AT_ONCE } from "../../src/serializer/writes.ts";
import type { MemoryFileSystem } from "../../src/testing/memory.ts";
import { checkKept } from "./kept.ts";
import { checkKeptOnce } from "./replays.ts";
import { checkStrangers } from "./stolen_lock.ts";
import { ENDPOINTS } from "./random_options.ts";
import { mustBeSynced } from "./sync_bound.ts";
import { isSame, type World } from "./world.ts";

export function checkAll(world: World): void {
  checkNothingLost(world);
  checkSynced(world);
  checkKept(world);
  checkKeptOnce(world);
  checkSums(world);
  checkBounds(world);
  checkStrangers(world);
  const bug = world.logger.lines.find((line) => /BUG|it starts anew/.test(line));
  if (bug !== undefined) world.model.violate(bug);
}

/** Each acknowledged sample would survive the worst crash now, or has an outcome. */
function checkNothingLost(world: World): void {
  const { model } = world;
  // What survives the worst crash, or with a level below `commit` the end of the process.
  const { files } = world.host.memory;
  const left = world.sync === "commit" ? files.afterPowerCut() : files;
  for (const endpoint of ENDPOINTS) {
    const account = model.account(endpoint);
    const stored = rowsIn(world, left, endpoint);
    for (const row of account.outstanding) {
      if (stored.has(row) || account.isExcused(row)) continue;
      model.violate(`${endpoint}: ${nameOf(row)} is neither durable nor has it an outcome`);
      return;
    }
  }
}

/** The samples in an endpoint's files. */
export function rowsIn(world: World, files: MemoryFileSystem, endpoint: string): Set<Row> {
  const stored = new Set<Row>();
  for (const [path, bytes] of files.filesBelow(world.walOf(endpoint))) {
    if (!path.endsWith(".committed")) continue;
    if (isSame(bytes, world.damaged.get(path))) continue;
    // Where there are no links an empty file reserves a name: a process died before it had its content.
    if (bytes.length === 0) continue;
    const rows = world.reader.ofFile(bytes);
    if (rows !== undefined) {
      if (!world.reader.isSentAgain(rows)) checkWhole(world, path, rows);
      for (const row of rows) stored.add(row);
      // Below `commit` a power cut may tear a file.
    } else if (world.sync === "commit") world.model.violate(`${path} is damaged`);
  }
  return stored;
}

/** With `interval`, what was acknowledged a while ago survives the power too, if the disk is well. */
export function checkSynced(world: World): void {
  if (world.sync !== "interval") return;
  const left = world.host.memory.files.afterPowerCut();
  for (const endpoint of ENDPOINTS) {
    const account = world.model.account(endpoint);
    // Before the process is there nobody syncs.
    if (!account.present) continue;
    const stored = rowsIn(world, left, endpoint);
    for (const row of account.outstanding) {
      if (stored.has(row) || account.isExcused(row)) continue;
      if (!mustBeSynced(world, account, row)) continue;
      const agoMs = world.time.monotonicMs() - row.commit.ackedMs;
      world.model.violate(
        `${endpoint}: ${nameOf(row)}, acknowledged ${agoMs} ms ago, is not synced; ` +
          `${world.disk.fsyncMs} ms an fsync`,
      );
      return;
    }
  }
}

/** The rows of files that hold whole commits: what is looked at again and again is counted once. */
const whole = new WeakSet<readonly Row[]>();

/** A commit is in a file with all of its rows or with none. */
function checkWhole(world: World, path: string, rows: readonly Row[]): void {
  if (whole.has(rows)) return;
  const counts = new Map<Commit, number>();
  for (const { commit } of rows) counts.set(commit, (counts.get(commit) ?? 0) + 1);
  for (const [commit, count] of counts) {
    if (count === commit.rows.length) continue;
    world.model.violate(`${path}: ${count} of ${commit.rows.length} rows of commit ${commit.id}`);
    return;
  }
  whole.add(rows);
}

/** accepted = delivered + dropped + pending, held against what went over the wire. */
function checkSums(world: World): void {
  const { host, model, updating } = world;
  for (const one of host.queue?.stats().endpoints ?? []) {
    const { name, acceptedTotal, deliveredTotal, droppedTotal, pendingSignals } = one;
    const isCounted = one.uncountedBatches === 0;
    const dropped = Object.values(droppedTotal).reduce((sum, count) => sum + count, 0);
    if (acceptedTotal !== deliveredTotal + dropped + pendingSignals) {
      model.violate(
        `${name}: accepted ${acceptedTotal} is not delivered ${deliveredTotal} + ` +
          `dropped ${dropped} + pending ${pendingSignals}`,
      );
    }
    const account = model.account(name);
    // While an endpoint comes or goes, the model does not know which counters these are.
    if (!account.present || updating > 0) continue;
    // What was refused is settled when it is kept, of each shard one request after the other,
    // and with it what was taken of the same request.
    const beingKept = account.rejected - droppedTotal.rejected;
    const takenBeside = account.delivered - deliveredTotal;
    const beingKeptMax = pendingSignals === 0
      ? 0
      : world.parallelism.get(name)! * world.requestSizeMax.get(name)!;
    const agrees = takenBeside >= 0 && beingKept >= (takenBeside > 0 ? 1 : 0) &&
      takenBeside + beingKept <= beingKeptMax;
    if (account.isAlone && !model.hasCompany && !agrees) {
      model.violate(
        `${name}: counts ${deliveredTotal} delivered and ${droppedTotal.rejected} rejected; ` +
          `${account.delivered} and ${account.rejected} were answered`,
      );
    }
    const owed = [...account.outstanding].filter((row) => !account.isExcused(row)).length;
    // Damage after a file was counted can be in the very count.
    const isDamaged = [...world.damaged.keys()].some((path) => path.startsWith(world.walOf(name)));
    if (isCounted && !isDamaged && pendingSignals < owed) {
      model.violate(`${name}: ${pendingSignals} pending, and ${owed} are owed`);
    }
  }
}

function checkBounds(world: World): void {
  const { host, model, batchSizeMax, commitSizeMax } = world;
  const buffered = host.queue?.stats().bufferedSignals ?? 0;
  // One batch that fills and those that are written; a commit is never split.
  const bound = (1 + WRITES_AT_ONCE) * (batchSizeMax - 1 + commitSizeMax);
  if (buffered > bound) model.violate(`${buffered} signals in memory, expected at most ${bound}`);
  for (const [name, requestSize] of world.requestSizeMax) {
    const { open, through } = host.leases.of(name);
    // For each shard a request that fills, one that waits and one on its way, with what was too
    // large before it; and one that the reader holds, with the batch it came from.
    // Two lanes have a reader each.
    const lanes = world.freshFrom(name) === undefined ? 1 : 2;
    const leasesMax = ((4 * world.parallelism.get(name)! + 1) * requestSize + 1) * lanes;
    if (open > leasesMax) {
      model.violate(`${name}: ${open} open leases, expected at most ${leasesMax}`);
    }
    // A slow disk may keep them waiting.
    const filesMax = leasesMax + ACKS_AT_ONCE_MAX * lanes;
    if (open + through > filesMax) {
      model.violate(`${name}: ${open + through} files at hand, expected at most ${filesMax}`);
    }
  }
}
