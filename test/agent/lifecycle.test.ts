/** What ends and reloads the program by a request, and by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AutoReload } from "../../src/agent/auto_reload.ts";
import { main } from "../../src/agent/cli.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { ask, deferred, FakeHost, makeApp, putFile } from "./support.ts";

const CONFIG =
  "remote_write: [{ url: http://host/, name: a }]\nserver: { enable_lifecycle: true }\n";
const RUN = ["run", "--config", "/etc/walq.yaml"];

async function hostWith(config: string): Promise<FakeHost> {
  const host = new FakeHost(RUN);
  await putFile(host, "/etc/walq.yaml", config);
  return host;
}

async function asked(host: FakeHost, path: string, method = "POST"): Promise<[number, string]> {
  const answer = await ask(host.handler!, new Request(`http://127.0.0.1${path}`, { method }));
  return [answer.status, await answer.text()];
}

test("a request reloads, and says what is wrong when that fails; another one ends the program", async () => {
  const host = await hostWith(CONFIG);
  const ended = main(host);
  await host.ready;
  assert.deepEqual(await asked(host, "/-/reload"), [200, ""]);
  assert.deepEqual(await asked(host, "/-/reload", "PUT"), [200, ""]);
  assert.equal(host.queue.updates.length, 2);
  await putFile(host, "/etc/walq.yaml", `${CONFIG}rule_file: 1\n`);
  const [status, text] = await asked(host, "/-/reload");
  assert.equal(status, 500);
  assert.match(text, /^failed to reload config: \/etc\/walq\.yaml:3: rule_file: unknown key/);
  assert.equal(host.queue.updates.length, 2);
  assert.equal((await asked(host, "/-/reload", "GET"))[0], 405);
  assert.deepEqual(await asked(host, "/-/quit"), [200, "Requesting termination... Goodbye!\n"]);
  assert.equal(await ended, 0);
  const told = host.errLines.join("\n");
  assert.match(told, /msg="somebody acted on the program" action=reload from=192\.0\.2\.1\n/);
  assert.match(told, /msg="somebody acted on the program" action=quit from=192\.0\.2\.1\n/);
  assert.match(told, /msg=stopping signal=quit grace_ms=5000/);
  assert.deepEqual(host.exits, []);
  assert.equal(host.platform.time.timers, 0);
});

test("without the option nobody can, in Prometheus's words", async () => {
  const host = await hostWith(CONFIG.replace("true", "false"));
  const ended = main(host);
  await host.ready;
  for (const path of ["/-/reload", "/-/quit"]) {
    assert.deepEqual(await asked(host, path), [403, "Lifecycle API is not enabled.\n"]);
  }
  assert.equal(host.queue.updates.length, 0);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("the log has the name of the user who has asked, where there are users", async () => {
  const logger = new MemoryLogger();
  const lifecycle = { reload: () => Promise.resolve(undefined), quit: () => {} };
  const app = makeApp({ logger, lifecycle });
  for (const path of ["/-/reload", "/-/quit"]) {
    await app.handler(new Request(`http://127.0.0.1${path}`, { method: "POST" }), {
      from: "192.0.2.1",
      user: "alice",
      hostname: "127.0.0.1",
      readChunks: () => Promise.resolve(),
    });
  }
  assert.deepEqual(logger.lines, [
    'info somebody acted on the program {"action":"reload","from":"192.0.2.1","user":"alice"}',
    'info somebody acted on the program {"action":"quit","from":"192.0.2.1","user":"alice"}',
  ]);
});

test("no page of somebody else's can", async () => {
  const calls: string[] = [];
  const app = makeApp({
    logger: new MemoryLogger(),
    lifecycle: {
      reload: () => Promise.resolve(void calls.push("reload")),
      quit: () => void calls.push("quit"),
    },
  });
  for (const path of ["/-/reload", "/-/quit"]) {
    const page = { method: "POST", headers: { origin: "https://evil.example" } };
    const rebound = { method: "POST", headers: { host: "evil.example" } };
    const url = `http://127.0.0.1${path}`;
    assert.equal((await ask(app.handler, new Request(url, page))).status, 403);
    assert.equal((await ask(app.handler, new Request(url, rebound))).status, 421);
    // Through a proxy in front of a socket, too.
    assert.equal((await ask(app.handler, new Request(url, page), "")).status, 403);
  }
  assert.deepEqual(calls, []);
});

test("who asks for a reload while one waits for its turn has the same", async () => {
  const host = await hostWith(CONFIG);
  const ended = main(host);
  await host.ready;
  const first = deferred<void>();
  host.queue.onUpdate = () => first.promise;
  const answers = [asked(host, "/-/reload"), asked(host, "/-/reload"), asked(host, "/-/reload")];
  await host.platform.time.settle();
  assert.equal(host.queue.updates.length, 1);
  first.resolve();
  for (const answer of answers) assert.deepEqual(await answer, [200, ""]);
  assert.equal(host.queue.updates.length, 2);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a change of the file's content is found by itself, and a wrong one is tried once", async () => {
  const host = await hostWith(`${CONFIG.replace("true", "false, auto_reload: true")}`);
  const ended = main(host);
  await host.ready;
  const { time } = host.platform;
  await time.advance(90_000);
  assert.equal(host.queue.updates.length, 0);
  const changed = CONFIG.replace("true", "false, auto_reload: true") + "queue: { ttl: 2d }\n";
  await putFile(host, "/etc/walq.yaml", changed);
  await time.advance(29_999);
  assert.equal(host.queue.updates.length, 0);
  await time.advance(30_000);
  assert.equal(host.queue.updates.length, 1);
  await putFile(host, "/etc/walq.yaml", `${changed}rule_file: 1\n`);
  await time.advance(120_000);
  const failed = host.errLines.filter((line) => line.includes("configuration not reloaded"));
  assert.equal(failed.length, 1);
  await putFile(host, "/etc/walq.yaml", changed);
  await time.advance(30_000);
  assert.equal(host.queue.updates.length, 2);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
  assert.equal(time.timers, 0);
});

test("a file that cannot be read for a while is looked at again", async () => {
  const clock = new VirtualClock();
  const reads: (() => Promise<string>)[] = [
    () => Promise.reject(new Error("gone")),
    () => Promise.resolve("b"),
    () => Promise.resolve("b"),
  ];
  let reloads = 0;
  const auto = new AutoReload({
    clock,
    intervalMs: 1_000,
    text: "a",
    read: () => reads.shift()!(),
    reload: () => Promise.resolve(reloads++),
  });
  await clock.advance(1_000);
  assert.equal(reloads, 0);
  await clock.advance(2_000);
  assert.equal(reloads, 1);
  auto.stop();
  assert.equal(clock.timers, 0);
});
