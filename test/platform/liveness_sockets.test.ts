import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { defaultPlatform } from "../../src/platform/default.ts";

const { livenessSockets } = await defaultPlatform();

async function inDirectory(name: string, use: (directory: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "walq-sockets-"));
  const directory = join(root, name);
  mkdirSync(directory, { recursive: true });
  try {
    await use(directory);
  } finally {
    rmSync(root, { recursive: true });
  }
}

for (const [what, name] of [["a short path", "a"], ["a path over 107 bytes", "é".repeat(100)]]) {
  test(`a socket is open until it is shut: ${what}`, async () => {
    await inDirectory(name!, async (directory) => {
      const path = join(directory, "walq.1.door");
      assert.equal(await livenessSockets.isListening(path), false);
      const socket = await livenessSockets.listen(path);
      assert.ok(socket);
      assert.equal(await livenessSockets.isListening(path), true);
      assert.equal(await livenessSockets.isListening(path), true);
      await socket.close();
      assert.equal(await livenessSockets.isListening(path), false);
      assert.deepEqual(readdirSync(directory), []);
    });
  });
}

test("a name without a process behind it is shut, be it a socket or a file", async () => {
  await inDirectory("a", async (directory) => {
    const socket = (await livenessSockets.listen(join(directory, "walq.1.door")))!;
    renameSync(join(directory, "walq.1.door"), join(directory, "left.door"));
    await socket.close();
    assert.equal(await livenessSockets.isListening(join(directory, "left.door")), false);
    writeFileSync(join(directory, "file"), "");
    assert.equal(await livenessSockets.isListening(join(directory, "file")), false);
  });
});

test("a socket that cannot be made is no error", async () => {
  assert.equal(await livenessSockets.listen("/proc/no/such/directory/walq.1.door"), undefined);
  assert.equal(await livenessSockets.listen(`/proc/no/${"x".repeat(120)}/walq.1.door`), undefined);
});

test("a socket is not handed on to processes that its own has started", {
  skip: process.platform === "win32" ? "needs a program called sleep" : false,
}, async () => {
  await inDirectory("a", async (directory) => {
    const path = join(directory, "walq.1.door");
    const socket = (await livenessSockets.listen(path))!;
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(child, "spawn");
    // The name would go with the socket.
    renameSync(path, join(directory, "left.door"));
    await socket.close();
    // Between fork and exec the child has it all the same, and it can be that it is not through yet.
    const left = join(directory, "left.door");
    for (let knocks = 0; knocks < 1000 && await livenessSockets.isListening(left); knocks++);
    assert.equal(await livenessSockets.isListening(left), false);
    child.kill("SIGKILL");
    await once(child, "exit");
  });
});
