/** Secrets in files, which change while walq runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileSystem } from "../../src/contracts.ts";
import type { Identity, SecretFile, SecretHeader } from "../../src/credentials.ts";
import { resolveOptions } from "../../src/options.ts";
import { makeCredential } from "../../src/auth/make_credential.ts";
import { Gate } from "../../src/network/gate.ts";
import {
  makeAnswer,
  MemoryFileSystem,
  ScriptedHttpClient,
  VirtualClock,
} from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { putFile } from "../support/put_file.ts";
import { changed } from "../simulation/changed_files.ts";
import { request, start } from "../network/support.ts";

const FILE: SecretFile = { path: "/token", holds: "token", option: [] };
const TOKEN: Identity = { kind: "token", type: "Bearer", token: FILE };
const OUTGOING = {
  method: "POST",
  url: "http://one/",
  headers: {},
  body: new Uint8Array(),
} as const;

function rig(
  identity: Identity = TOKEN,
  wrap = (files: MemoryFileSystem): FileSystem => files,
  secretHeaders: readonly SecretHeader[] = [],
) {
  const memory = new MemoryFileSystem();
  const files = wrap(memory);
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const credential = makeCredential({ identity, secretHeaders }, {
    files,
    clock,
    logger,
    random: () => 0,
    http: new ScriptedHttpClient(),
    nowMs: () => clock.nowMs(),
    env: () => undefined,
  });
  const headers = async () => {
    const signed = await credential.sign(OUTGOING, new AbortController().signal);
    return signed.headers;
  };
  const current = async () => (await headers())["authorization"];
  return { files: memory, clock, logger, credential, current, headers };
}

test("a rotated file is used by the next request, with no more than one read a second", async () => {
  let reads = 0;
  const { files, clock, credential, current, logger } = rig(TOKEN, (memory) =>
    changed(memory, {
      readWhole: (path, bytesMax) => {
        reads++;
        return memory.readWhole(path, bytesMax);
      },
    }));
  await putFile(files, "/token", "old-1\n");
  assert.deepEqual(await Promise.all([current(), current()]), [
    "Bearer old-1",
    "Bearer old-1",
  ]);
  await putFile(files, "/token", "new-2\n");
  await clock.advance(999);
  assert.equal(await current(), "Bearer old-1");
  assert.equal(reads, 1);
  await clock.advance(1);
  assert.equal(await current(), "Bearer new-2");
  assert.equal(reads, 2);
  assert.deepEqual(credential.secrets, ["new-2", "old-1", "Bearer new-2"]);
  assert.deepEqual(logger.lines, [
    'info a secret file has changed; what it holds now is used {"path":"/token"}',
  ]);
});

test("a password's file makes the whole header", async () => {
  const password: SecretFile = { path: "/p", holds: "password", option: [] };
  const { files, current } = rig({ kind: "basic", username: "ü", password });
  await putFile(files, "/p", " pass:wörd \r\n");
  const value = await current();
  const bytes = Uint8Array.from(atob(value!.slice(6)), (char) => char.charCodeAt(0));
  assert.equal(new TextDecoder().decode(bytes), "ü:pass:wörd");
});

test("a login in the options is the whole header, basic in UTF-8 (RFC 7617, section 2)", async () => {
  const of = async (login: Record<string, unknown>): Promise<string | undefined> => {
    const endpoint = { name: "one", url: "http://one/", ...login };
    const { endpoints } = resolveOptions({ dataPath: "/data", endpoints: [endpoint] });
    return await rig(endpoints[0]!.credentials.identity).current();
  };
  assert.equal(await of({ bearerToken: "abc" }), "Bearer abc");
  assert.equal(await of({ bearerToken: "abc", authorizationType: "Token" }), "Token abc");
  assert.equal(
    await of({ basicAuth: { username: "Aladdin", password: "open sesame" } }),
    "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
  );
  assert.equal(
    await of({ basicAuth: { username: "test", password: "123\u00a3" } }),
    "Basic dGVzdDoxMjPCow==",
  );
});

test("a user name and its password are read together, and each keeps its last value", async () => {
  const file = (path: string, holds: SecretFile["holds"]): SecretFile => ({
    path,
    holds,
    option: [],
  });
  const { files, clock, current } = rig({
    kind: "basic",
    username: file("/u", "user name"),
    password: file("/p", "password"),
  });
  await putFile(files, "/u", "user");
  await assert.rejects(current(), /cannot read the file "\/p": not found/);
  await putFile(files, "/p", "first");
  await clock.advance(1_000);
  assert.equal(await current(), `Basic ${btoa("user:first")}`);
  await putFile(files, "/u", "us:er");
  await putFile(files, "/p", "second");
  await clock.advance(1_000);
  assert.equal(await current(), `Basic ${btoa("user:second")}`);
});

test("http_headers are sent beside the credentials, with what is in their files now", async () => {
  const file: SecretFile = { path: "/h", holds: "header value", option: [] };
  const { files, clock, credential, headers } = rig(
    { kind: "token", type: "Token", token: "t0ken" },
    undefined,
    [{ name: "x-a", values: ["one", file] }, { name: "x-b", values: ["two"] }],
  );
  await putFile(files, "/h", "old-value\n");
  const expected = { "authorization": "Token t0ken", "x-b": "two" };
  assert.deepEqual(await headers(), { ...expected, "x-a": "one, old-value" });
  const before = credential.mark;
  await putFile(files, "/h", "new-value\n");
  await clock.advance(1_000);
  assert.deepEqual(await headers(), { ...expected, "x-a": "one, new-value" });
  assert.notEqual(credential.mark, before);
  for (const secret of ["old-value", "new-value", "t0ken"]) {
    assert.ok(credential.secrets.includes(secret), secret);
  }
});

test("what is in no file is made into headers once", () => {
  const { credential } = rig({ kind: "basic", username: "u", password: "p" });
  const { signal } = new AbortController();
  return Promise.resolve(credential.sign(OUTGOING, signal)).then((first) => {
    assert.equal(credential.sign(OUTGOING, signal), first);
    assert.equal(credential.canChange, false);
  });
});

test("a file that is gone, empty, or no secret any more leaves the last value in force, and the log shows none", async () => {
  const { files, clock, logger, current } = rig();
  await putFile(files, "/token", "good-token");
  await current();
  await files.remove("/token");
  for (const broken of [undefined, "", " \n", "two\nlines", "be\u0007ll"]) {
    if (broken !== undefined) await putFile(files, "/token", broken);
    await clock.advance(20_000);
    assert.equal(await current(), "Bearer good-token");
  }
  await putFile(files, "/token", "next-token");
  await clock.advance(1_000);
  assert.equal(await current(), "Bearer next-token");
  const said = logger.lines.join("\n");
  assert.match(said, /^warn cannot read a secret again; the last one stays in force .*not found/);
  assert.match(said, /the file ..\/token.. is empty/);
  assert.match(said, /holds no token/);
  assert.doesNotMatch(said, /good|next|lines/);
});

test("a broken file is told once in a while, and not for each request", async () => {
  const { files, clock, logger, current } = rig();
  await putFile(files, "/token", "t");
  await current();
  await files.remove("/token");
  for (let second = 0; second < 60; second++) {
    await clock.advance(1_000);
    await current();
  }
  assert.equal(logger.lines.length, 6);
});

test("a file system that does not answer holds no request back for long", async () => {
  let isStuck = false;
  const { files, clock, current } = rig(TOKEN, (memory) =>
    changed(memory, {
      readWhole: (path, bytesMax) =>
        isStuck ? new Promise(() => {}) : memory.readWhole(path, bytesMax),
    }));
  await putFile(files, "/token", "token");
  await current();
  isStuck = true;
  for (let each = 0; each < 2; each++) {
    await clock.advance(1_000);
    let value: string | undefined;
    void current().then((read) => value = read);
    await clock.advance(1_000);
    assert.equal(value, "Bearer token");
  }
});

test("without a value no request leaves; it is tried again, and says why", async () => {
  const { files, clock, logger, credential } = rig();
  const { shard, outcomes, http, events } = start(() => makeAnswer(200), {}, {
    clock,
    credential,
  });
  shard.trySend(request(3, clock.nowMs()));
  await clock.advance(5_000);
  assert.equal(http.exchanges, 0);
  assert.equal(events.counts().lastError, 'cannot read the file "/token": not found');
  await putFile(files, "/token", "here-now");
  await clock.advance(60_000);
  assert.deepEqual(outcomes, [["delivered", 3]]);
  assert.deepEqual(logger.lines, []);
  await shard.stop();
});

test("what could not be signed did not leave: it is no attempt that max_retry_attempts counts", async () => {
  const { files, clock, credential } = rig();
  const { shard, outcomes, http } = start(
    () => makeAnswer(503),
    { maxRetryAttempts: 1 },
    { clock, credential },
  );
  shard.trySend(request(3, clock.nowMs()));
  await clock.advance(600_000);
  assert.deepEqual([http.exchanges, outcomes], [0, []]);
  await putFile(files, "/token", "here-now");
  await clock.advance(60_000);
  assert.deepEqual([http.exchanges, outcomes], [2, [["max_retries", 3]]]);
  await shard.stop();
});

/** An endpoint that takes one token at a time, and a shard before it. */
function atEndpoint(shown: (header: string) => string = () => "") {
  const { files, clock, logger, credential } = rig();
  const state = { wanted: "Bearer old-1" };
  const seen: [number, string | undefined][] = [];
  const gate = new Gate({ clock, random: () => 0, logger });
  const started = start(
    ({ headers }) => {
      const header = headers["authorization"]!;
      seen.push([clock.monotonicMs(), header]);
      return header === state.wanted ? makeAnswer(204) : makeAnswer(401, shown(header));
    },
    {},
    { clock, logger, gate, credential },
  );
  return { ...started, files, clock, logger, state, seen, gate };
}

test("a 401 has the file read at once, and the endpoint asked with what is in it: no pause, no complaint", async () => {
  const { files, clock, shard, outcomes, state, seen, logger, gate } = atEndpoint();
  await putFile(files, "/token", "old-1");
  shard.trySend(request(1, clock.nowMs()));
  await clock.settle();
  state.wanted = "Bearer new-2";
  await putFile(files, "/token", "new-2");
  shard.trySend(request(1, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(seen, [[0, "Bearer old-1"], [0, "Bearer old-1"], [0, "Bearer new-2"]]);
  assert.deepEqual(outcomes, [["delivered", 1], ["delivered", 1]]);
  assert.doesNotMatch(logger.lines.join("\n"), /error/);
  assert.equal(gate.shutForMs, 0);
  await shard.stop();
});

test("a secret that changes while the endpoint is refused ends the pause", async () => {
  const { files, clock, shard, outcomes, state, seen, gate } = atEndpoint();
  await putFile(files, "/token", "wrong");
  shard.trySend(request(1, clock.nowMs()));
  await clock.advance(1_000_000);
  const before = seen.length;
  assert.deepEqual(outcomes, []);
  // Not the right one either: asked once for it.
  await putFile(files, "/token", "wrong-too");
  await clock.advance(1_000);
  assert.deepEqual(seen.slice(before).map(([, header]) => header), ["Bearer wrong-too"]);
  await putFile(files, "/token", "right");
  state.wanted = "Bearer right";
  await clock.advance(1_000);
  assert.deepEqual(outcomes, [["delivered", 1]]);
  assert.equal(seen.length, before + 2);
  await shard.stop();
  gate.stop();
  assert.equal(clock.timers, 0);
});

test("no answer shows a secret, neither the one of now nor the one of before", async () => {
  const { files, clock, shard, events, logger } = atEndpoint(
    (header) => `not old-secret-1 but ${header}, ${encodeURIComponent(header)}`,
  );
  await putFile(files, "/token", "old-secret-1");
  shard.trySend(request(1, clock.nowMs()));
  await clock.advance(10_000);
  await putFile(files, "/token", "new-secret-2");
  await clock.advance(100_000);
  const shown = `${events.counts().lastError} ${logger.lines.join("\n")}`;
  assert.equal(events.counts().lastError, "HTTP 401: not <hidden> but <hidden>, <hidden>");
  assert.doesNotMatch(shown, /secret-\d/);
  await shard.stop();
});
