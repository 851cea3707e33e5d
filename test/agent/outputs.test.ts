import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Program, type ProgramOptions } from "./program.ts";

const CONFIG = "remote_write: [{ name: a, url: 'http://127.0.0.1:9/' }]\n" +
  "queue: { data_path: data }\nserver: { listen: 127.0.0.1:0 }\n";
/** What is wrong with it is told in more bytes than a pipe holds. */
const WRONG = Array.from({ length: 900 }, (_, index) => `wrong${index}: 1`).join("\n");
const LISTENING = /walq is ready.* listen=127\.0\.0\.1:(\d+)/;

interface Place {
  readonly directory: string;
  start(args: readonly string[], streams?: ProgramOptions): Program;
}

async function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "walq-outputs-"));
  await writeFile(join(directory, "walq.yaml"), CONFIG);
  const programs: Program[] = [];
  try {
    await use({
      directory,
      start: (args, streams) => {
        const program = new Program([...args, "--config", "walq.yaml"], directory, streams);
        programs.push(program);
        return program;
      },
    });
  } finally {
    for (const program of programs) {
      program.signal("SIGKILL");
      await program.ended;
    }
    await rm(directory, { recursive: true });
  }
}

async function metric(port: string, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)![1]);
}

/** It tells nobody that it listens: it is asked until it answers. */
async function listens(port: string, program: Program): Promise<void> {
  while (!program.hasEnded) {
    const isThere = await fetch(`http://127.0.0.1:${port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    await delay(20);
  }
  throw new Error("it has ended");
}

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<unknown>((resolve) => server.close(resolve));
  return String(port);
}

test("a log on a full disk takes nothing from the program, which counts what is lost", async () => {
  await withPlace(async ({ start }) => {
    const full = openSync("/dev/full", "w");
    const port = await freePort();
    const args = ["run", "--set", `server.listen=127.0.0.1:${port}`];
    const program = start(args, { out: full, err: full });
    closeSync(full);
    await listens(port, program);
    assert.ok(await metric(port, "walq_log_lines_lost_total") > 0);
    program.signal("SIGHUP");
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
  });
});

test("a log that nobody reads any more takes nothing from the program", async () => {
  await withPlace(async ({ start }) => {
    const program = start(["run"]);
    const port = await program.line(LISTENING);
    program.closeLog();
    while (await metric(port, "walq_log_lines_lost_total") === 0) program.signal("SIGHUP");
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
  });
});

test("a log whose reader stands still holds nothing up; when it goes on, what was lost is told", async () => {
  await withPlace(async ({ directory, start }) => {
    const program = start(["run"]);
    const port = await program.line(LISTENING);
    program.holdLog(true);
    await writeFile(join(directory, "walq.yaml"), WRONG);
    while (await metric(port, "walq_log_lines_lost_total") === 0) program.signal("SIGHUP");
    program.holdLog(false);
    assert.ok(Number(await program.line(/lines of the log were lost" lines=(\d+)/)) > 0);
    program.holdLog(true);
    program.signal("SIGTERM");
    // Nobody reads what it says at the end.
    while (!program.hasEnded) await delay(20);
    program.holdLog(false);
    assert.equal(await program.ended, 0);
  });
});

test("the exit code is that of the command, whatever becomes of what it prints", async () => {
  await withPlace(async ({ directory, start }) => {
    const full = openSync("/dev/full", "w");
    const outputs = { out: full, err: full };
    assert.equal(await start(["check"], outputs).ended, 0);
    assert.equal(await start(["check", "--set", "queue.ttl=no"], outputs).ended, 1);
    assert.equal(await start(["go"], outputs).ended, 2);
    closeSync(full);
    await writeFile(join(directory, "walq.yaml"), WRONG);
    const long = start(["check"]);
    assert.equal(await long.ended, 1);
    assert.match(long.output, /walq\.yaml:900: the file: unknown key/);
  });
});
