/** Windows of what was delivered that are sent again, held against the files in `delivered/`; by dice of its own: other schedules stay what they are. */
import { messageOf, WalqError } from "../../src/errors.ts";
import type { ReplayedBatches } from "../../src/contracts.ts";
import type { QueueOptions } from "../../src/options.ts";
import type { Dice } from "./dice.ts";
import { isRefusal } from "./kept.ts";
import { nameOf, type Row } from "./model.ts";
import { DATA_PATH } from "./random_options.ts";
import type { World } from "./world.ts";

/** A part of the schedules, and a part of their steps. */
const SHARE_OF_SCHEDULES = 0.3;
const SHARE_OF_STEPS = 0.2;
const NAME = /\/delivered\/([0-9]+)\.([0-9]+)\.[0-9]+\.delivered$/;

/** Which signals are sent again. */
interface ReplayWindow {
  readonly endpoint: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What an endpoint has taken and is kept, as it lies on the disk. */
interface KeptBatch {
  readonly path: string;
  readonly id: number;
  readonly rows: readonly Row[];
}

/** One that is under way. */
interface Replaying {
  readonly window: ReplayWindow;
  readonly before: readonly KeptBatch[];
  /** The rows of each batch that it put into the queue, in order. */
  readonly put: (readonly Row[])[];
  /** Something else may have put batches there, or the endpoint may be another one since. */
  isUnclear: boolean;
}

export class Replays {
  readonly #dice: Dice;
  readonly #happen: boolean;
  readonly #active = new Set<Replaying>();

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#happen = dice.chance(SHARE_OF_SCHEDULES);
  }

  /** The options, with all endpoints keeping what they take. */
  change(options: QueueOptions): QueueOptions {
    if (!this.#happen) return options;
    const endpoints = options.endpoints.map((one) => ({ ...one, keepDelivered: "1h" }));
    return { ...options, endpoints };
  }

  /** Begins to, perhaps, about a time of which something is kept; nobody waits for it. */
  step(world: World): void {
    const { queue } = world.host;
    if (!this.#happen || queue === undefined || !this.#dice.chance(SHARE_OF_STEPS)) return;
    const kept = world.options.endpoints.flatMap(({ name }) =>
      keptOf(world, name).map(({ rows }) => ({ endpoint: name, rows }))
    )
      // Some have metadata alone, which is of no time.
      .filter(({ rows }) => rows.length > 0);
    if (kept.length === 0) return;
    const { endpoint, rows } = this.#dice.pick(kept);
    const atMs = this.#dice.pick(rows).timestampMs;
    const fromMs = atMs - this.#dice.pick([0, 0, 1, 1_000, 60_000]);
    const toMs = atMs + this.#dice.pick([1, 1, 1_000, 60_000]);
    void this.run(world, { endpoint, fromMs, toMs });
  }

  /** Sends a window again, and holds what comes of it against what is kept. Never rejects. */
  async run(world: World, window: ReplayWindow): Promise<void> {
    const { host, tally, updating, isLockStolen } = world;
    const before = keptOf(world, window.endpoint);
    const one: Replaying = { window, before, put: [], isUnclear: updating > 0 || isLockStolen };
    for (const other of this.#active) {
      if (other.window.endpoint === window.endpoint) other.isUnclear = one.isUnclear = true;
    }
    this.#active.add(one);
    const { epoch } = world.model.account(window.endpoint);
    try {
      const sent = await host.queue!.replay(window);
      tally.replayed += sent.signals;
      const isSame = host === world.host && world.updating === 0 && !world.isLockStolen &&
        world.model.account(window.endpoint).epoch === epoch;
      if (isSame && !one.isUnclear) check(world, one, sent);
    } catch (error) {
      if (host !== world.host) return;
      world.note(`replay: ${messageOf(error)}`);
      // An update may have made an orphan of it, and an orphan is told so.
      const isThere = world.options.endpoints.some(({ name }) => name === window.endpoint);
      const mayBeGone = one.isUnclear || world.updating > 0 || !isThere;
      const isGone = mayBeGone && error instanceof WalqError && error.code === "INVALID_OPTIONS";
      if (!isRefusal(error) && !isGone) world.model.violate(`replay: ${error}`);
    } finally {
      this.#active.delete(one);
    }
  }

  /** A batch that is sent again after it was delivered has its name in the queue. */
  put(endpoint: string, rows: readonly Row[]): void {
    for (const one of this.#active) if (one.window.endpoint === endpoint) one.put.push(rows);
  }
}

/** What is sent again is not kept once more: a window would be doubled each time that it is replayed. */
export function checkKeptOnce(world: World): void {
  for (const { name } of world.options.endpoints) {
    const twice = keptOf(world, name).find(({ rows }) => world.reader.isSentAgain(rows));
    if (twice !== undefined) world.model.violate(`${twice.path} was sent again, and is kept`);
  }
}

/** The oldest first; of two of one batch, as a power cut may leave them, the first. */
function keptOf({ host, reader }: World, endpoint: string): KeptBatch[] {
  const found: (KeptBatch & { readonly atMs: number })[] = [];
  for (const [path, bytes] of host.memory.files.filesBelow(`${DATA_PATH}/${endpoint}/delivered/`)) {
    const [, id, atMs] = NAME.exec(path) ?? [];
    const rows = id === undefined ? undefined : reader.ofFile(bytes);
    if (rows !== undefined) found.push({ path, id: Number(id), atMs: Number(atMs), rows });
  }
  found.sort((a, b) => a.id - b.id || a.atMs - b.atMs);
  return found.filter(({ id }, at) => id !== found[at - 1]?.id);
}

/** All of the window that is kept was put into the queue, once, in its order, and nothing else. */
function check(world: World, { window, before, put }: Replaying, sent: ReplayedBatches): void {
  const { model, tally } = world;
  const { endpoint, fromMs, toMs } = window;
  const isIn = ({ timestampMs }: Row): boolean => timestampMs >= fromMs && timestampMs < toMs;
  const violate = (text: string): void =>
    model.violate(`${endpoint}: replay from ${fromMs} to ${toMs}: ${text}`);
  const rows = put.flat();
  const outside = rows.find((row) => !isIn(row));
  if (outside !== undefined) return violate(`${nameOf(outside)} is not of that time`);
  const after = keptOf(world, endpoint);
  const all = new Map([...before, ...after].map((one) => [one.path, one]));
  // What was there all the time has to come; what came or went meanwhile may.
  const paths = new Set(after.map(({ path }) => path));
  const due = before.filter(({ path }) => paths.has(path));
  // What was refused, and sent again two times as a crash came between, is kept two times.
  const places = new Map<Row, number[]>();
  for (const { id, rows } of all.values()) {
    rows.forEach((row, at) => places.set(row, [...places.get(row) ?? [], id * 1e6 + at]));
  }
  const came = new Set(rows);
  const missing = due.filter((one) => one.rows.some((row) => isIn(row) && !came.has(row)));
  if (missing.length > sent.damaged) {
    return violate(`${missing[0]!.path} is kept, and is not sent again`);
  }
  if (sent.batches !== put.length) {
    return violate(`says ${sent.batches} batches, and has put ${put.length} into the queue`);
  }
  if (!model.hasCompany && sent.signals !== rows.length) {
    return violate(`says ${sent.signals} signals, and has put ${rows.length} into the queue`);
  }
  const last = new Map<number, number>();
  for (const row of rows) {
    const known = places.get(row);
    if (known === undefined) continue;
    const lastPlace = last.get(row.series) ?? -1;
    const next = known.filter((place) => place > lastPlace);
    if (next.length === 0) return violate(`${nameOf(row)} comes after what came in later`);
    last.set(row.series, Math.min(...next));
  }
  if (due.length > 0) tally.replaysChecked++;
}
