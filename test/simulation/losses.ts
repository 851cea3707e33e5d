/** What endpoints have refused and the queue has counted as lost. */
import type { EndpointAccount } from "./endpoint_account.ts";
import type { Row } from "./model.ts";
import type { World } from "./world.ts";

/** How the queue says that it has lost something that was refused: once in a while, and then of more. */
const LOSS =
  /^warn .*(?:a refused request is lost|refused requests are removed).*"endpoint":"(\w+)"/;

/** So many may be missing from now on. */
export function countLosses(world: World): void {
  const { model, host, lossesSeen } = world;
  for (const { name, rejectedLostTotal } of host.queue?.stats().endpoints ?? []) {
    const lost = Object.values(rejectedLostTotal).reduce((sum, count) => sum + count, 0);
    const before = lossesSeen.get(name) ?? 0;
    lossesSeen.set(name, lost);
    // Its counters begin anew where it was opened anew.
    const more = lost < before ? lost : lost - before;
    for (const account of model.accounts.values()) {
      if (account.directories.some((one) => one.name === name)) account.mayMiss += more;
    }
  }
  // Until it is open nothing is seen, and may be seen yet.
  if (host.queue !== undefined) noteUnseen(world);
}

/**
 * The counters of an orphan go when it is through, which may be before the process is open,
 * and those of an endpoint that other options do not have go with it: of one that has said
 * that it loses something nobody knows then how much that was.
 */
function noteUnseen(world: World): void {
  const { model, host, lossesUnseen } = world;
  const seen = new Set(host.queue?.stats().endpoints.map(({ name }) => name));
  for (const name of seen) lossesUnseen.delete(name);
  const names = [...model.accounts.values()].flatMap(({ directories }) =>
    directories.map(({ name }) => name)
  );
  const gone = [...new Set(names)].filter((name) => !seen.has(name) && !lossesUnseen.has(name));
  if (gone.length === 0) return;
  const told = new Set(linesOf(world).map((line) => LOSS.exec(line)?.[1]));
  for (const name of gone) {
    if (!told.has(name)) continue;
    lossesUnseen.add(name);
    for (const account of model.accounts.values()) {
      const directory = account.directories.find((one) => one.name === name);
      if (directory !== undefined) account.mayHaveLost.add(directory);
    }
  }
}

/** The process ends, and its counters go with it. */
export function forgetCounters(world: World): void {
  noteUnseen(world);
  world.lossesSeen.clear();
  world.lossesUnseen.clear();
  world.linesBefore = world.logger.lines.length;
}

/** Of the present process. */
function linesOf({ logger, linesBefore }: World): readonly string[] {
  return logger.lines.slice(linesBefore);
}

/** Whether it may have been lost where nobody could count it. */
export function mayBeLostUnseen({ mayHaveLost }: EndpointAccount, row: Row): boolean {
  return [...mayHaveLost].some(({ dropped }) => dropped.has(row));
}
