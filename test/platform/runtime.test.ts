import { execFileSync } from "node:child_process";
import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { describe, it } from "node:test";
import { FileSystemError } from "../../src/errors.ts";
import { defaultPlatform } from "../../src/platform/default.ts";
import { EndpointServer } from "../contract/endpoint_server.ts";
import { fileSystemContract } from "../contract/file_system.contract.ts";
import { httpClientContract } from "../contract/http_client.contract.ts";

const platform = await defaultPlatform();
const LINUX = process.platform === "linux";

async function temporaryDirectory(): Promise<{ root: string; close: () => Promise<void> }> {
  const root = await mkdtemp(`${tmpdir()}/walq-platform-`);
  return { root, close: () => rm(root, { recursive: true, force: true }) };
}

fileSystemContract(
  platform.name,
  async () => ({ files: platform.files, ...await temporaryDirectory() }),
);

httpClientContract(platform.name, async () => (await defaultPlatform()).http);

describe(`${platform.name} platform`, () => {
  it("is the one of this runtime", () => {
    const { deno, bun } = process.versions as { deno?: string; bun?: string };
    assert.equal(platform.name, deno ? "deno" : bun ? "bun" : "node");
  });

  it("tells what is neither file nor directory", async () => {
    const { root, close } = await temporaryDirectory();
    await symlink("/nowhere", `${root}/link`);
    assert.deepEqual(await listDirectory(platform.files, root), [{ name: "link", kind: "other" }]);
    await close();
  });

  it("makes no directory, and ends, where the system says that its parent is missing", {
    skip: LINUX ? false : "needs Linux's /proc",
  }, async () => {
    for (const path of ["/proc/walq-nope", "/proc/walq-nope/a/b"]) {
      await assert.rejects(platform.files.makeDirectory(path), { code: "not_found", path });
    }
  });

  it("makes no directory, and ends, in a working directory that was deleted", {
    skip: LINUX ? false : "needs a system that lets a working directory go",
  }, async () => {
    const { root, close } = await temporaryDirectory();
    const before = process.cwd();
    process.chdir(root);
    await close();
    try {
      for (const path of ["data", "./data", "a/b"]) {
        await assert.rejects(platform.files.makeDirectory(path), { code: "not_found", path });
      }
    } finally {
      process.chdir(before);
    }
  });

  it("makes directories by a relative path, through a link, and with slashes behind", async () => {
    const { root, close } = await temporaryDirectory();
    const before = process.cwd();
    process.chdir(root);
    try {
      await platform.files.makeDirectory("a/b//c/");
      await symlink(`${root}/a`, `${root}/link`);
      await platform.files.makeDirectory("link");
      await platform.files.makeDirectory("./link/d/../e");
      await platform.files.makeDirectory(".");
      const names = (await listDirectory(platform.files, `${root}/a`)).map(({ name }) => name);
      assert.deepEqual(names.filter((name) => name !== "d").sort(), ["b", "e"]);
      await symlink("/nowhere/at/all", `${root}/broken`);
      await assert.rejects(platform.files.makeDirectory("broken"), { code: "exists" });
    } finally {
      process.chdir(before);
      await close();
    }
  });

  it("waits for nobody at the end of a pipe", {
    skip: LINUX ? false : "needs mkfifo",
  }, async () => {
    const { root, close } = await temporaryDirectory();
    execFileSync("mkfifo", [`${root}/pipe`]);
    for (
      const read of [
        () => platform.files.read(`${root}/pipe`),
        () => platform.files.readWhole(`${root}/pipe`, 10),
        () => platform.files.readHead(`${root}/pipe`, 10),
      ]
    ) await assert.rejects(read, { name: "FileSystemError", code: "io", message: /plain file/ });
    await close();
  });

  it("says link_unsupported from one file system to another", {
    skip: LINUX ? false : "needs /dev/shm, a file system of its own on Linux",
  }, async () => {
    const { root, close } = await temporaryDirectory();
    await platform.files.writeAndSync(`${root}/a`, []);
    const shared = await mkdtemp("/dev/shm/walq-platform-");
    await assert.rejects(platform.files.link(`${root}/a`, `${shared}/a`), (error) => {
      assert.ok(error instanceof FileSystemError);
      assert.equal(error.code, "link_unsupported", error.message);
      return true;
    });
    await rm(shared, { recursive: true });
    await close();
  });

  it("marks this process and another one, and knows when that is gone", {
    skip: LINUX ? false : "marks come from Linux's /proc",
  }, async () => {
    const { processes } = platform;
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(child, "spawn");
    const pid = child.pid as number;
    const mark = await processes.mark(pid);
    assert.match(mark ?? "", /^[0-9a-f-]{36}:\d+$/);
    assert.equal(await processes.mark(pid), mark);
    assert.match(await processes.mark(processes.pid) ?? "", /^[0-9a-f-]{36}:\d+$/);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(await processes.mark(pid), undefined);
  });

  it("keeps the connection when the rest of a long answer is short", async () => {
    const server = new EndpointServer();
    await server.open();
    const url = server.at("/", (response) => response.end("a".repeat(20_000)));
    const { http } = await defaultPlatform();
    for (let i = 0; i < 5; i++) {
      const request = { url, method: "GET" as const, headers: {}, answerBytesMax: 10 * i };
      const { text } = await http.exchange(request, new AbortController().signal);
      assert.equal(text.length, 10 * i);
      // The rest is read in the background, until the connection is idle again.
      await new Promise<void>((resolve) => platform.clock.after(20, resolve));
    }
    assert.equal(server.connections, 1);
    await http.close();
    await server.close();
  });

  it("fires a timer after its delay, not before, and not one that was cancelled", async () => {
    const { clock } = platform;
    const beganMs = clock.monotonicMs();
    const fired: string[] = [];
    const cancel = clock.after(1, () => fired.push("cancelled"));
    cancel();
    await new Promise<void>((resolve) => clock.after(2.5, resolve));
    assert.ok(clock.monotonicMs() - beganMs >= 2);
    assert.deepEqual(fired, []);
    cancel();
  });

  it("names whose a path is that may not be used, and who asks", {
    skip: LINUX ? false : "needs a directory in which nobody may make one: Linux's /sys",
  }, async (context) => {
    const owner = /: "\/sys" belongs to root \(uid 0\), with mode 555, and this process runs as /;
    for (const path of ["/sys/walq-nope", "/sys/walq-nope/data"]) {
      const error = await platform.files.makeDirectory(path).then(() => {}, (error) => error);
      if (error?.code === "read_only") return context.skip("/sys cannot be written at all");
      assert.equal(error?.code, "not_permitted");
      assert.match(error.message, owner);
      assert.ok(error.message.endsWith(`uid ${process.getuid!()})`), error.message);
    }
  });

  it("is not kept alive by a timer in the background", async () => {
    const clock = new URL(import.meta.resolve("../../src/platform/system_clock.ts"));
    const file = import.meta.url.endsWith(".js") ? clock.href.replace(/ts$/, "js") : clock.href;
    const script = `import { SystemClock } from "${file}"; import process from "node:process";` +
      "new SystemClock().after(3000, () => process.exit(1), true);";
    const flags = { node: ["--input-type=module", "-e"], deno: ["eval"], bun: ["-e"], memory: [] };
    const child = spawn(process.execPath, [...flags[platform.name], script], { stdio: "ignore" });
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  it("does not fire a timer of a month at once", async () => {
    const { clock } = platform;
    let fired = false;
    const cancel = clock.after(30 * 24 * 3600 * 1000, () => fired = true);
    await new Promise<void>((resolve) => clock.after(1, () => clock.after(1, resolve)));
    cancel();
    assert.equal(fired, false);
  });
});
