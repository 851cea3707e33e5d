import { Buffer } from "node:buffer";
import type { SyncLevel } from "../../src/contracts.ts";
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { parseDuration } from "../../src/duration.ts";
import { Clocks } from "./clocks.ts";
import { Dice } from "./dice.ts";
import { Host } from "./host.ts";
import { noteFailure, safelyKeptRows } from "./kept_files.ts";
import { randomRules } from "./label_rules.ts";
import { countLosses } from "./losses.ts";
import { type Commit, Model, type Row, SERIES } from "./model.ts";
import { DATA_PATH, ENDPOINTS, randomOptions, randomSync, someNames } from "./random_options.ts";
import { Orders } from "./orders.ts";
import { Outages } from "./outages.ts";
import { RowReader } from "./rows.ts";
import { Replays } from "./replays.ts";
import { Resends } from "./resends.ts";
import type { Sabotage } from "./sabotage.ts";
import { Skips } from "./skips.ts";
import type { Tally } from "./tally.ts";
import { UnreliableDisk } from "./unreliable_disk.ts";
import { UnreliableEndpoint } from "./unreliable_endpoint.ts";
import { endpointOf, WireTap } from "./wire_tap.ts";

/** No file of a schedule is larger. */
const FILE_BYTES_MAX = 16_384;

/** All there is in one schedule. */
export class World {
  readonly dice: Dice;
  readonly clocks: Clocks;
  readonly skips: Skips;
  readonly replays: Replays;
  readonly model: Model;
  readonly orders: Orders;
  readonly resends: Resends;
  readonly outages: Outages;
  readonly reader: RowReader;
  readonly logger: MemoryLogger = new MemoryLogger();
  readonly disk: UnreliableDisk;
  readonly endpoints: Map<string, UnreliableEndpoint> = new Map();
  readonly tally: Tally;
  readonly trace: string[] = [];
  host: Host;
  tap!: WireTap;
  options: QueueOptions;
  /** Samples that one commit has at most, so far. */
  commitSizeMax = 0;
  /** The largest `maxSignalsToBatch` since the process began. */
  batchSizeMax = 0;
  /** The largest parallelism that may be in force, by endpoint. */
  readonly parallelism: Map<string, number> = new Map();
  /** The largest `batchCountMax` that may be in force, by endpoint. */
  readonly requestSizeMax: Map<string, number> = new Map();
  /** The smallest limit on the disk that may be in force, by endpoint, where the oldest files go. */
  readonly diskLimit: Map<string, number> = new Map();
  /** What was damaged on purpose, as it is now; ids come again when all files are gone. */
  readonly damaged: Map<string, Uint8Array> = new Map();
  /** Files that somebody else has put there. */
  readonly strangers: Map<string, Uint8Array> = new Map();
  /** Files are damaged in a part of the schedules: what was in them is excused. */
  readonly damages: boolean;
  /** Updates that were called and have not ended. */
  updating = 0;
  /** The options that are in force until the updates that have begun are through. */
  leaving: QueueOptions | undefined;
  /** Commits of this process that have no answer. */
  readonly unanswered: Set<Commit> = new Set();
  crashes = 0;
  /** Calls of this process that send again what was refused, and that have no answer. */
  retrying = 0;
  /** What the present process has counted as refused and lost, by endpoint. */
  readonly lossesSeen: Map<string, number> = new Map();
  /** Endpoints of this process that have lost more, perhaps, than was seen, as their counters are gone. */
  readonly lossesUnseen: Set<string> = new Set();
  /** Lines in the log that earlier processes have written. */
  linesBefore = 0;
  /** Endpoints in whose `rejected/` something has failed since losses were noted last; true where nobody may count that. */
  readonly keepFailed: Map<string, boolean> = new Map();
  /** Somebody took the data path away: what a process loses then, nobody counts. */
  isLockStolen = false;

  /** The first batch of each endpoint that was fresh when somebody looked last. */
  readonly #freshBefore = new Map<string, number | undefined>();

  constructor(seed: number, tally: Tally, sabotage: Sabotage = {}) {
    this.dice = new Dice(seed);
    this.tally = tally;
    this.model = new Model(SERIES, ENDPOINTS);
    // Dice of their own: the seeds that find faults stay what they are.
    this.model.labelRules = randomRules(new Dice(seed + 2 ** 30), SERIES);
    this.resends = new Resends(new Dice(seed + 2 ** 28));
    this.orders = new Orders(new Dice(seed + 2 ** 29), ENDPOINTS);
    this.outages = new Outages(new Dice(seed + 2 ** 27));
    this.reader = new RowReader(this.model);
    const memory = new MemoryPlatform({ seed: this.dice.between(1, 2 ** 31) });
    const { time } = memory;
    this.clocks = new Clocks(new Dice(seed + 2 ** 31), time);
    this.skips = new Skips(new Dice(seed + 2 ** 26));
    this.replays = new Replays(new Dice(seed + 2 ** 25 + 1259));
    const isSynced = (path: string): boolean => this.host.memory.files.isSynced(path);
    this.disk = new UnreliableDisk(this.dice, time, tally, isSynced);
    memory.files.fault = (step, path) => {
      // The counters of an orphan go when it is through, which may be before anybody looks.
      if (this.#isOfOrphan(path)) countLosses(this);
      return this.disk.fault(step, path);
    };
    const { dice, reader } = this;
    for (const name of ENDPOINTS) {
      const { orders } = this;
      const dependencies = { dice, time, reader, tally, orders };
      this.endpoints.set(name, new UnreliableEndpoint(this.model.account(name), dependencies));
    }
    memory.http.script = async (request, signal) => {
      const { host } = this;
      const endpoint = this.endpoints.get(endpointOf(request.url))!;
      const freshFrom = this.freshFrom(endpointOf(request.url));
      const isDead = (): boolean => host !== this.host;
      const answer = await endpoint.answer(request, signal, { isDead, freshFrom });
      return this.clocks.answer(answer);
    };
    this.options = randomOptions(dice, someNames(dice), randomSync(dice));
    this.disk.fsyncMs = this.sync === "interval" ? dice.pick([0, 40, 300, 300]) : 0;
    // What is sent at once needs no fsync.
    if (this.disk.fsyncMs > 0) { for (const one of this.endpoints.values()) one.mood = "down"; }
    this.damages = dice.chance(0.2);
    this.model.hasCompany = dice.chance(0.3);
    const freshFrom = (name: string): number | undefined => this.freshFrom(name);
    this.host = new Host(memory, {
      freshFrom,
      rowsOf: (bytes) => reader.ofFile(bytes) ?? [],
      isExcused: (name, row) => this.model.account(name).isExcused(row),
      disk: this.disk,
      sabotage,
      logger: this.logger,
      tap: (http, leases) => {
        const { model } = this;
        const parallelism = (name: string): number => this.parallelism.get(name) ?? 0;
        this.tap = new WireTap(http, { model, reader, parallelism, freshFrom, tally, leases });
        return this.tap;
      },
      onUnreadable: (path) => this.#mayBeSetAside(path),
      onHeadless: (path) => this.skips.passedOver(path),
      onRemove: (path) => this.#mayBeOverLimit(path),
      onFailed: (path) => noteFailure(this, path),
      onNamed: (path) => {
        const [, id] = /\/wal\/([0-9]+)\.committed$/.exec(path) ?? [];
        const bytes = this.host.memory.files.peek(path);
        if (id === undefined || bytes === undefined) return;
        reader.named(Number(id), bytes);
        const rows = reader.ofFile(bytes);
        const endpoint = this.#endpointOf(path);
        if (rows === undefined || endpoint === undefined || !reader.isReplayed(rows)) return;
        this.replays.put(endpoint, rows);
      },
      onWrite: (path, parts) => {
        const isRejected = path.endsWith(".rejected.tmp");
        if (this.#endpointOf(path) === undefined && !isRejected) return;
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        // Without links an empty file reserves a name.
        if (bytes.length === 0) return;
        if (isRejected) {
          for (const row of reader.ofRejected(bytes)) this.model.everRefused.add(row);
          return;
        }
        // A damaged file that is written anew, since its fsync failed, says nothing about others.
        const isDamaged = [...this.damaged.values()].some((damaged) => isSame(damaged, bytes));
        if (!isDamaged) reader.written(bytes);
      },
    });
  }

  /** The first batch that an endpoint is sent before older ones, at this moment. */
  freshFrom(name: string): number | undefined {
    const endpoints = this.host.queue?.stats().endpoints ?? [];
    const found = endpoints.find((endpoint) => endpoint.name === name);
    // One that is removed goes on sending, unseen, until the change of options comes to it.
    const isUnseen = found === undefined && this.updating > 0;
    this.model.account(name).isUnseen = isUnseen;
    if (isUnseen) return this.#freshBefore.get(name);
    this.#freshBefore.set(name, found?.lanes?.firstFreshId);
    return found?.lanes?.firstFreshId;
  }

  get sync(): SyncLevel {
    return this.options.persistence!.sync!;
  }

  get time(): MemoryPlatform["time"] {
    return this.host.memory.time;
  }

  /** A disk that cannot read a file for minutes costs what is in it. */
  #mayBeSetAside(path: string): void {
    const name = this.#endpointOf(path);
    const bytes = this.host.memory.files.peek(path);
    const rows = bytes && this.reader.ofFile(bytes);
    if (name === undefined || rows === undefined) return;
    this.note(`${path} cannot be read`);
    this.tally.setAside++;
    this.lose(name, rows);
  }

  /** A file of an endpoint cannot be read any more; what is in its `rejected/` stays there. */
  lose(endpoint: string, rows: readonly Row[]): void {
    const kept = safelyKeptRows(this, endpoint);
    const account = this.model.account(endpoint);
    account.lose(rows.filter((row) => !kept.has(row)));
    for (const row of rows) account.damaged.add(row);
  }

  /**
   * A file goes whose samples have no outcome: that is right if the endpoint's files
   * would be more than its limit, with a file that is to come.
   */
  #mayBeOverLimit(path: string): void {
    const name = this.#endpointOf(path);
    const limit = name === undefined ? undefined : this.diskLimit.get(name);
    if (name === undefined || limit === undefined || !path.endsWith(".committed")) return;
    const { files } = this.host.memory;
    const rows = this.reader.ofFile(files.peek(path) ?? new Uint8Array());
    const sizes = files.paths().filter((other) => this.#endpointOf(other) === name)
      .map((other) => files.peek(other)!.length);
    const used = sizes.reduce((sum, size) => sum + size, 0);
    if (rows === undefined || used + FILE_BYTES_MAX < limit) return;
    const account = this.model.account(name);
    // What is in `rejected/` stays there.
    const kept = safelyKeptRows(this, account.name);
    const gone = rows.filter((row) => !kept.has(row));
    for (const one of this.model.accounts.values()) {
      if (one.directories.includes(account)) one.forgive(gone);
    }
    const lost = rows.filter((row) => !account.hasOutcome(row));
    if (lost.length === 0) return;
    this.tally.overLimit++;
    account.drop(lost);
  }

  #endpointOf(path: string): string | undefined {
    return ENDPOINTS.find((endpoint) => path.startsWith(this.walOf(endpoint)));
  }

  #isOfOrphan(path: string): boolean {
    return Object.keys(this.options.drainOrphans ?? {})
      .some((name) => path.startsWith(`${DATA_PATH}/${name}/`));
  }

  note(text: string): void {
    this.trace.push(`${this.time.monotonicMs()} ms  ${text}`);
  }

  /** What may be in force from now on: the new options, and the old ones until the change is done. */
  admit(options: QueueOptions): void {
    this.options = options;
    this.batchSizeMax = Math.max(
      this.batchSizeMax,
      options.persistence?.maxSignalsToBatch ?? 10_000,
    );
    for (const name of options.forgetOrphans ?? []) this.model.account(name).forget();
    const drains = Object.entries(options.drainOrphans ?? {});
    this.tally.drains += drains.length;
    for (const [to, account] of this.model.accounts) {
      const orphans = drains.filter(([_name, endpoint]) => endpoint === to);
      account.heir(new Set(orphans.map(([name]) => this.model.account(name))));
    }
    for (const { name, maxDiskBytes, onFull } of sentEndpoints(options)) {
      if (maxDiskBytes === undefined || onFull === "reject") continue;
      this.diskLimit.set(
        name,
        Math.min(Number(maxDiskBytes), this.diskLimit.get(name) ?? Infinity),
      );
    }
    for (const { name, batchCount, ...rest } of sentEndpoints(options)) {
      const { batchCountMax = batchCount ?? 10_000 } = rest;
      const { parallelism, maxShards = parallelism!, maxRetryAttempts = 0 } = rest;
      this.parallelism.set(name, Math.max(this.parallelism.get(name) ?? 0, maxShards));
      this.requestSizeMax.set(name, Math.max(this.requestSizeMax.get(name) ?? 0, batchCountMax));
      if (maxRetryAttempts > 0) {
        this.model.attemptsMax = Math.min(this.model.attemptsMax, maxRetryAttempts + 1);
      }
    }
    this.passTime();
  }

  /** Samples that are too old now may be dropped. */
  passTime(): void {
    const inForce = [this.options, ...this.updating > 0 && this.leaving ? [this.leaving] : []];
    for (const { ttl } of inForce) {
      this.model.passTime(this.clocks.judgedMsMax(), parseDuration(String(ttl))!);
    }
  }

  /** Clocks go their own ways, whatever else happens. */
  stepClocks(): void {
    const event = this.clocks.step();
    if (event === undefined) return;
    this.note(event);
    this.passTime();
  }

  walOf(endpoint: string): string {
    return `${DATA_PATH}/${endpoint}/wal/`;
  }
}

export function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && Buffer.compare(a, b) === 0;
}

/** The endpoints, and orphans that are sent as the endpoint to which they go. */
function sentEndpoints({ endpoints, drainOrphans = {} }: QueueOptions): EndpointOptions[] {
  const orphans = Object.entries(drainOrphans).map(([name, to]) => ({
    ...endpoints.find((endpoint) => endpoint.name === to)!,
    name,
  }));
  return [...endpoints, ...orphans];
}
