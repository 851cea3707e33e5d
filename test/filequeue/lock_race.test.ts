/**
 * Processes that open one data path at the same moment: one turn after the other,
 * in an order that a seed draws, killed and released in the middle. Never two own it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import type { FileSystem, LivenessSockets, Platform, Random } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { type DataPathLock, lockDataPath } from "../../src/filequeue/lock.ts";
import { LOCK_NAME } from "../../src/filequeue/lock_file.ts";
import { type FileFault, MemoryPlatform, seededRandom } from "../../src/testing/memory.ts";
import { firstSeedHere } from "../support/own_seeds.ts";

const PATH = "/data";
const SEEDS = 100;
const FIRST = firstSeedHere(SEEDS * 2);
const PROCESSES = 5;
const TURNS_MAX = 2_000;

type Turn = () => void;

/** One process: every call to the host waits until it is its turn, or for ever once it was killed. */
class Contender {
  readonly pid: number;
  readonly #host: Host;
  readonly #sockets = new Set<string>();
  turns: Turn[] = [];
  lock: DataPathLock | undefined;
  isOver = false;

  constructor(host: Host, pid: number) {
    this.pid = pid;
    this.#host = host;
    host.marks.set(pid, `boot:${pid}`);
    lockDataPath(PATH, this.#platform()).then(
      (lock) => this.lock = lock,
      (error: unknown) => {
        assert.ok(error instanceof WalqError && error.code === "LOCKED", String(error));
        this.isOver = true;
      },
    );
  }

  release(): void {
    const lock = this.lock!;
    this.lock = undefined;
    void lock.release().then(() => this.isOver = true);
  }

  kill(): void {
    this.turns = [];
    this.lock = undefined;
    this.isOver = true;
    this.#host.marks.delete(this.pid);
    for (const path of this.#sockets) this.#host.memory.livenessSockets.paths.delete(path);
  }

  #platform(): Platform {
    const { memory, marks, random } = this.#host;
    const livenessSockets: LivenessSockets = {
      listen: async (path) => {
        await this.#turn();
        this.#sockets.add(path);
        return await memory.livenessSockets.listen(path);
      },
      isListening: async (path) => {
        await this.#turn();
        return await memory.livenessSockets.isListening(path);
      },
    };
    const files = new Proxy(memory.files, {
      get: (target, name: keyof FileSystem) => async (...args: never[]): Promise<unknown> => {
        await this.#turn();
        return await (target[name] as (...all: never[]) => Promise<unknown>).apply(target, args);
      },
    });
    const processes = {
      pid: this.pid,
      mark: (pid: number): Promise<string | undefined> => Promise.resolve(marks.get(pid)),
    };
    return { ...memory, files, livenessSockets, processes, random };
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.turns.push(resolve));
  }
}

interface Host {
  readonly memory: MemoryPlatform;
  readonly marks: Map<number, string>;
  readonly random: Random;
}

/** How likely something else happens instead of a turn. */
interface Odds {
  readonly kill: number;
  readonly release: number;
  /** Somebody removes the lock by hand, whoever has it. */
  readonly unlock?: number;
}

/** Returns how many owned the data path, one after the other. */
async function race(
  seed: number,
  odds: Odds,
  stale: string | undefined,
  fault?: FileFault,
): Promise<number> {
  const random = seededRandom(seed);
  const host: Host = { memory: new MemoryPlatform({ seed }), marks: new Map(), random };
  const { files } = host.memory;
  await files.makeDirectory(PATH);
  files.fault = fault;
  if (stale !== undefined) {
    await files.writeAndSync(`${PATH}/${LOCK_NAME}`, [new TextEncoder().encode(stale)]);
  }
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  const all = Array.from({ length: PROCESSES }, (_, index) => new Contender(host, 100 + index));
  const owners = new Set<Contender>();
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    await settled();
    const owning = all.filter(({ lock }) => lock !== undefined);
    assert.ok(owning.length <= 1, `seed ${seed}: ${owning.map(({ pid }) => pid)} own it`);
    for (const owner of owning) owners.add(owner);
    const living = all.filter(({ isOver }) => !isOver);
    if (living.length > 0 && random() < odds.kill) pick(living).kill();
    else if (owning.length > 0 && random() < odds.release) owning[0]!.release();
    else if (random() < (odds.unlock ?? 0)) files.removeFile(`${PATH}/${LOCK_NAME}`);
    else {
      const ready = living.filter(({ turns }) => turns.length > 0);
      if (ready.length === 0) return owners.size;
      pick(ready).turns.shift()!();
    }
  }
  throw new Error(`seed ${seed}: not over after ${TURNS_MAX} turns`);
}

const STALE = JSON.stringify({ pid: 77, mark: "gone", nonce: "old", runtime: "node" });

for (const [what, stale] of [["a stale lock", STALE], ["no lock", undefined], ["rubbish", "{"]]) {
  test(`of those who race for ${what} exactly one owns it`, async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      assert.equal(await race(seed, { kill: 0, release: 0 }, stale), 1, `seed ${seed}`);
    }
  });
}

test("so it is without hard links", async () => {
  const fault: FileFault = (step) => step === "link" ? "link_unsupported" : undefined;
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    assert.equal(await race(seed, { kill: 0, release: 0 }, STALE, fault), 1, `seed ${seed}`);
  }
});

test("never two own it, when some are killed and some release in the middle", async () => {
  let owners = 0;
  for (let seed = FIRST; seed < FIRST + SEEDS * 2; seed++) {
    owners += await race(seed, { kill: 0.02, release: 0.1 }, seed % 3 === 0 ? undefined : STALE);
  }
  assert.ok(owners > SEEDS);
});

test("nor when somebody removes the lock again and again", async () => {
  let owners = 0;
  for (let seed = FIRST; seed < FIRST + SEEDS * 2; seed++) {
    const odds = { kill: 0.01, release: 0.02, unlock: 0.1 };
    owners += await race(seed, odds, seed % 3 === 0 ? undefined : STALE);
  }
  assert.ok(owners > SEEDS);
});
