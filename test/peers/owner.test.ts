/**
 * One owner of a data path, with real processes: Node, Deno and Bun keep each other
 * out, take over what a killed one left, and race for it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { Program } from "./support/program.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";
import { dataPathOf, type Runtime, RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";

/** Nobody listens there: what is sent stays on the disk. */
const NOWHERE = "http://127.0.0.1:9/api/v1/write";
/** Each runtime kills its way to each other one. */
const SUCCESSION: readonly Runtime[] = ["node", "deno", "bun", "node", "bun", "deno", "node"];

/** A command in a container, as far as process ids go. A killed `unshare` takes what runs in it along. */
const CONTAINER = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;

/** A test that fails leaves them running, and the process waits for its children. */
const started: Program[] = [];
after(() => Promise.all(started.map((program) => program.stop("SIGKILL"))));

/** `walq run` on a data path, with a port of its own. */
class Contender {
  readonly runtime: Runtime;
  readonly #started: Promise<WalqProgram | Error>;

  constructor(runtime: Runtime, dataDirectory: string) {
    this.runtime = runtime;
    this.#started = start(runtime, dataDirectory).catch((error: Error) => error);
  }

  /** The program once it owns the data path, or the message by which it was refused. */
  outcome(): Promise<WalqProgram | Error> {
    return this.#started;
  }
}

async function configFor(dataDirectory: string): Promise<string> {
  const directory = scratchDirectory("owner-config");
  const config = await writeConfig({ directory, url: NOWHERE });
  const text = readFileSync(config, "utf8");
  writeFileSync(config, text.replace(dataPathOf(directory), dataPathOf(dataDirectory)));
  return config;
}

async function start(runtime: Runtime, dataDirectory: string): Promise<WalqProgram> {
  const config = await configFor(dataDirectory);
  const walq = await WalqProgram.start(runtime, config, { walqArgs: ["--shutdown-grace", "0s"] });
  started.push(walq.program);
  return walq;
}

async function owns(contender: Contender): Promise<Program> {
  const outcome = await contender.outcome();
  if (outcome instanceof WalqProgram) return outcome.program;
  throw outcome;
}

async function assertRefused(contender: Contender, owner: RegExp): Promise<void> {
  const outcome = await contender.outcome();
  if (outcome instanceof WalqProgram) {
    await outcome.program.stop("SIGKILL");
    assert.fail(`${contender.runtime} owns it too`);
  }
  assert.match(outcome.message, owner);
  assert.match(outcome.message, /exit code 1, signal null/);
}

function ownerLine(runtime: Runtime, { pid }: Program): RegExp {
  return new RegExp(`process ${pid} \\(${runtime}\\) owns it`);
}

/** What lies beside the endpoints' directories. */
function locks(dataDirectory: string): string[] {
  return readdirSync(dataPathOf(dataDirectory)).filter((name) =>
    /^walq\.(lock|.*\.(door|owner))/.test(name)
  ).sort();
}

describe("one owner of a data path", () => {
  it("the others are refused by name; kill -9, and the next one opens", async () => {
    const directory = scratchDirectory("owner");
    let before: Program | undefined;
    for (const runtime of SUCCESSION) {
      const owner = await owns(new Contender(runtime, directory));
      if (before !== undefined) assert.notEqual(owner.pid, before.pid);
      const names = locks(directory);
      assert.equal(names.length, 3, `a lock, a socket and the owner's file: ${names}`);
      for (const other of RUNTIMES) {
        await assertRefused(new Contender(other, directory), ownerLine(runtime, owner));
      }
      assert.deepEqual(locks(directory), names);
      await owner.stop("SIGKILL");
      assert.deepEqual(locks(directory), names, "what a killed process leaves");
      before = owner;
    }
    const last = await owns(new Contender("node", directory));
    assert.equal((await last.stop("SIGTERM")).code, 0);
    assert.deepEqual(locks(directory), []);
  });

  it("of those who find the lock of a killed one at the same moment one gets it", async () => {
    const directory = scratchDirectory("owner");
    for (const first of RUNTIMES) {
      await (await owns(new Contender(first, directory))).stop("SIGKILL");
      const all = RUNTIMES.flatMap((runtime) => [runtime, runtime])
        .map((runtime) => new Contender(runtime, directory));
      const outcomes = await Promise.all(all.map((contender) => contender.outcome()));
      const owners = outcomes.filter((outcome) => outcome instanceof WalqProgram);
      const messages = outcomes.filter((outcome) => outcome instanceof Error).map(String);
      try {
        assert.equal(owners.length, 1, messages.join("\n"));
        for (const message of messages) {
          assert.match(message, /process \d+ \((node|deno|bun)\) owns it/);
        }
        assert.equal(locks(directory).length, 3, String(locks(directory)));
      } finally {
        for (const owner of owners) await owner.program.stop("SIGKILL");
      }
    }
  });

  for (const runtime of RUNTIMES) {
    it(`${runtime}: a stopped owner is an owner; one whose id is used again is none`, {
      skip: process.platform === "linux" ? false : "start times come from Linux's /proc",
    }, async () => {
      const directory = scratchDirectory("owner");
      const path = join(dataPathOf(directory), "walq.lock");
      const owner = await owns(new Contender(runtime, directory));
      // Started neither with the owner nor with those after it: start times are coarse.
      const sleeper = new Program(["sleep", "600"]);
      started.push(sleeper);
      process.kill(owner.pid, "SIGSTOP");
      for (const other of RUNTIMES) {
        await assertRefused(new Contender(other, directory), ownerLine(runtime, owner));
      }
      await owner.stop("SIGKILL");
      // The same lock with the id of a process that lives and is another one; with its socket and without.
      for (const hasSocket of [true, false]) {
        const lock = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
        const door = hasSocket ? lock["door"] : undefined;
        writeFileSync(path, JSON.stringify({ ...lock, door, pid: sleeper.pid }));
        const next = await owns(new Contender(runtime, directory));
        await next.stop("SIGKILL");
      }
      await sleeper.stop("SIGKILL");
    });
  }

  for (const runtime of RUNTIMES) {
    it(`${runtime}: rm walq.lock under it, and the others are refused by name all the same`, async () => {
      const directory = scratchDirectory("owner");
      const path = join(dataPathOf(directory), "walq.lock");
      const owner = await owns(new Contender(runtime, directory));
      // One that is stopped cannot put it back.
      process.kill(owner.pid, "SIGSTOP");
      rmSync(path);
      for (const other of RUNTIMES) {
        await assertRefused(new Contender(other, directory), ownerLine(runtime, owner));
      }
      process.kill(owner.pid, "SIGCONT");
      await until("the lock is put back", () => Promise.resolve(existsSync(path)));
      await assertRefused(new Contender(runtime, directory), ownerLine(runtime, owner));
      await owner.stop("SIGKILL");
      rmSync(path);
      const next = await owns(new Contender(runtime, directory));
      assert.equal(locks(directory).length, 3, String(locks(directory)));
      assert.equal((await next.stop("SIGTERM")).code, 0);
      assert.deepEqual(locks(directory), []);
    });
  }

  for (const runtime of RUNTIMES) {
    it(`${runtime}: in containers of their own, in which each is process 1`, {
      skip: mayUnshare() ? false : "needs process ids of its own, which unshare(1) gives to root",
    }, async () => {
      const directory = scratchDirectory("owner");
      const config = await configFor(directory);
      const owner = contained(runtime, config);
      const listen = /listen: (\S+)/.exec(readFileSync(config, "utf8"))![1];
      await owner.ready(`http://${listen}/-/ready`);
      for (const other of RUNTIMES) {
        const refused = contained(other, await configFor(directory));
        assert.equal((await refused.exited).code, 1, refused.describe());
        assert.match(refused.output, new RegExp(`process 1 \\(${runtime}\\) owns it`));
      }
      await owner.stop("SIGKILL");
      const next = contained(runtime, config);
      await next.ready(`http://${listen}/-/ready`);
      await next.stop("SIGKILL");
    });
  }
});

function mayUnshare(): boolean {
  const [file, ...args] = CONTAINER;
  return spawnSync(file, [...args, "true"]).status === 0;
}

function contained(runtime: Runtime, config: string): Program {
  const commands = {
    node: [process.execPath, "build/src/agent/main.js"],
    deno: ["node_modules/.bin/deno", "run", "-A", "--no-check", "src/agent/main.ts"],
    bun: ["node_modules/.bin/bun", "src/agent/main.ts"],
  };
  const program = new Program([...CONTAINER, ...commands[runtime], "run", "--config", config]);
  started.push(program);
  return program;
}
