/** A backlog that is skipped on purpose, by dice of its own: other schedules stay what they are. */
import { messageOf } from "../../src/errors.ts";
import { rowsIn } from "./checks.ts";
import type { Dice } from "./dice.ts";
import type { EndpointAccount } from "./endpoint_account.ts";
import { isRefusal } from "./kept.ts";
import { keptRows } from "./kept_files.ts";
import type { Row } from "./model.ts";
import { isSame, type World } from "./world.ts";

const COMMITTED = /\/wal\/[0-9]+\.committed$/;

/** A part of the schedules, and a part of their steps. */
const SHARE_OF_SCHEDULES = 0.2;
const SHARE_OF_STEPS = 0.08;

/** What is to be gone when a skip has ended. */
interface Due {
  readonly account: EndpointAccount;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly rows: readonly Row[];
}

export class Skips {
  readonly #dice: Dice;
  readonly #happen: boolean;
  readonly #due = new Set<Due>();

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#happen = dice.chance(SHARE_OF_SCHEDULES);
  }

  /** Of a file whose head cannot be read nobody knows how old it is: it stays. */
  passedOver(path: string): void {
    for (const one of this.#due) if (one.path === path) this.#due.delete(one);
  }

  /** Begins to, perhaps; nobody waits for it, so all else goes on meanwhile. */
  step(world: World): void {
    const { queue } = world.host;
    if (!this.#happen || queue === undefined || !this.#dice.chance(SHARE_OF_STEPS)) return;
    const names = queue.stats().endpoints.map(({ name }) => name);
    const endpoint = this.#dice.chance(0.3) ? undefined : this.#dice.pick(names);
    const beforeMs = world.time.nowMs() - this.#dice.between(-5, 600) * 1000;
    const accounts = (endpoint === undefined ? names : [endpoint])
      .map((name) => world.model.account(name));
    world.note(`skip what is older than ${beforeMs} of ${endpoint ?? "all"}`);
    world.tally.skips++;
    const due = accounts.flatMap((account) => dueOf(world, account, beforeMs));
    for (const one of due) this.#due.add(one);
    const ended = (): Due[] => due.filter((one) => this.#due.delete(one));
    for (const account of accounts) account.skips(beforeMs);
    queue.dropBefore({ endpoint, beforeMs }).then(
      ({ batches }) => {
        const gone = ended();
        world.tally.skippedBatches += batches;
        // After a crash nobody is told, and the model knows it.
        if (world.host.queue !== queue) return;
        world.note(`skipped ${batches} batches`);
        checkGone(world, gone);
        for (const account of accounts) account.skipEnded(beforeMs, leftOf(world, account));
      },
      (error: unknown) => {
        ended();
        if (world.host.queue !== queue) return;
        world.note(`not skipped: ${messageOf(error)}`);
        if (!isRefusal(error)) world.model.violate(`skip: ${error}`);
        for (const account of accounts) account.skipEnded(beforeMs);
      },
    );
  }
}

/** Batches that are durable and wait, and of which all is older: these and no others have to go. */
function dueOf(world: World, account: EndpointAccount, beforeMs: number): Due[] {
  const { files } = world.host.memory;
  // Of an exemplar and of metadata the model does not know how old they are.
  if (world.model.hasCompany || world.isLockStolen) return [];
  return [...files.filesBelow(world.walOf(account.name))].flatMap(([path, bytes]) => {
    const rows = COMMITTED.test(path) ? world.reader.ofFile(bytes) : undefined;
    if (rows === undefined || world.damaged.has(path) || world.reader.isSentAgain(rows)) return [];
    const isDue = rows.every((row) =>
      row.timestampMs < beforeMs && row.commit.state === "acked" && account.outstanding.has(row)
    );
    return isDue ? [{ account, path, bytes, rows }] : [];
  });
}

/** When a skip has succeeded its files are gone, also after a power cut. */
function checkGone(world: World, due: readonly Due[]): void {
  const { model, host } = world;
  if (world.isLockStolen) return;
  const left = host.memory.files.afterPowerCut();
  for (const { account, path, bytes, rows } of due) {
    // One that had another outcome meanwhile may be one that the disk does not delete.
    const hadOther = rows.some((row) =>
      !account.outstanding.has(row) || row.timestampMs < model.cutoffMs ||
      (account.attempts.get(row) ?? 0) >= model.attemptsMax
    );
    if (hadOther || !isSame(bytes, left.peek(path))) continue;
    model.violate(`${path} was skipped, and comes back`);
  }
}

/** The samples that an endpoint's directories still have. */
function leftOf(world: World, { name }: EndpointAccount): Set<Row> {
  const { files } = world.host.memory;
  return new Set([...rowsIn(world, files, name), ...keptRows(world, files, name)]);
}
