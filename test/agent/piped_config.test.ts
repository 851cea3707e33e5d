import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Program, type ProgramOptions } from "./program.ts";

const CONFIG = "remote_write: [{ name: a, url: 'http://127.0.0.1:9/' }]\n" +
  "queue: { data_path: data }\nserver: { listen: 127.0.0.1:0 }\n";
/** More than a pipe holds. */
const LONG = `${CONFIG}${"# nothing\n".repeat(7_000)}`;
const READY = /walq is ready/;
/** SIGHUP and SIGTERM. */
const WANTED_BITS = 1n | 1n << 14n;

interface Place {
  readonly pipe: string;
  start(args: readonly string[], streams?: ProgramOptions): Program;
}

/** A directory with a pipe that has a name. */
async function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "walq-pipe-"));
  const pipe = join(directory, "walq.yaml");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  const programs: Program[] = [];
  const start = (args: readonly string[], streams?: ProgramOptions): Program => {
    const program = new Program(args, directory, streams);
    programs.push(program);
    return program;
  };
  try {
    await use({ pipe, start });
  } finally {
    for (const program of programs) {
      program.signal("SIGKILL");
      await program.ended;
    }
    // Whoever still waits for somebody to read what he writes waits no longer.
    closeSync(openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK));
    await rm(directory, { recursive: true });
  }
}

/** Writes to the pipe, for as long as there is a program to read it. */
async function give(program: Program, pipe: string, text: string): Promise<void> {
  const gone = program.ended.then(() => {
    throw new Error(`it has ended:\n${program.output}`);
  });
  const writing = writeFile(pipe, text);
  writing.catch(() => {});
  await Promise.race([writing, gone]);
}

async function ends(program: Program): Promise<void> {
  program.signal("SIGTERM");
  assert.equal(await program.ended, 0, program.output);
}

for (const path of ["-", "/dev/stdin"]) {
  test(`--config ${path} reads what comes through a pipe, and SIGHUP says that it is gone`, async () => {
    await withPlace(async ({ start }) => {
      const program = start(["run", "--config", path], { input: "pipe" });
      program.endInput(LONG);
      await program.line(READY);
      program.signal("SIGHUP");
      await program.line(
        /not reloaded, nothing was changed" error=".* cannot be read again: a file can"/,
      );
      await ends(program);
    });
  });
}

test("a text comes through a pipe into a queue at rest", async () => {
  await withPlace(async ({ start }) => {
    const text = Array.from({ length: 20_000 }, (_, at) => `up{n="${at}"} 1 ${at}.000\n`).join("");
    for (
      const [end, code, said] of [["# EOF\n", 0, /^imported 20,000 signals/], [
        "",
        1,
        /"# EOF"/,
      ]] as const
    ) {
      const program = start(["import", "-", "--data-path", `at${code}`, "--endpoint", "a"], {
        input: "pipe",
      });
      program.endInput(text + end);
      assert.equal(await program.ended, code, program.output);
      assert.match(program.output, said);
    }
  });
});

test("what is wrong in standard input is told as that", async () => {
  await withPlace(async ({ start }) => {
    const program = start(["check", "--config", "-"], { input: "pipe" });
    program.endInput(`${CONFIG}max: 1\n`);
    assert.equal(await program.ended, 1);
    assert.match(program.output, /^walq: standard input:4: max: unknown key/);
  });
});

test("a pipe with a name is read at the start and at each SIGHUP, by who writes to it", async () => {
  await withPlace(async ({ pipe, start }) => {
    const program = start(["run", "--config", pipe]);
    await give(program, pipe, LONG);
    await program.line(READY);
    program.signal("SIGHUP");
    await give(program, pipe, LONG.replace("a,", "b,"));
    await program.line(/configuration reloaded/);
    program.signal("SIGHUP");
    await ends(program);
  });
});

const noProc = existsSync("/proc/self/status")
  ? false
  : "needs /proc to see that signals are caught";

test("signals are caught before the configuration is read, and SIGHUP ends nothing", {
  skip: noProc,
}, async () => {
  await withPlace(async ({ pipe, start }) => {
    const program = start(["run", "--config", pipe]);
    const writer = await waitsForItsFile(program, pipe);
    program.signal("SIGHUP");
    writeSync(writer, CONFIG);
    closeSync(writer);
    await program.line(READY);
    // The reload that was asked for.
    await give(program, pipe, CONFIG);
    await program.line(/configuration reloaded/);
    await ends(program);
    const waiting = start(["run", "--config", pipe]);
    const other = await waitsForItsFile(waiting, pipe);
    await ends(waiting);
    closeSync(other);
    assert.doesNotMatch(waiting.output, READY);
  });
});

/**
 * Resolves to the writing end of the pipe when the program has come to it. The kernel tells
 * no event of it, but lets nobody in who does not want to wait while there is no reader.
 * What signals a process catches is not enough: Deno catches some for itself, and dies by
 * them all the same.
 */
async function waitsForItsFile(program: Program, pipe: string): Promise<number> {
  while (!program.hasEnded) {
    try {
      const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
      const status = readFileSync(`/proc/${program.pid}/status`, "utf8");
      const caught = BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(status)![1]}`);
      assert.equal(caught & WANTED_BITS, WANTED_BITS);
      return writer;
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ENXIO") throw error;
      await delay(10);
    }
  }
  throw new Error(`it has ended:\n${program.output}`);
}
