/** A stream is opened: what is agreed on, and what is refused in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamError, WalqError } from "../../src/errors.ts";
import { openLog } from "../../src/jetstream/open_stream.ts";
import { resolveStore } from "../../src/options.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

const URL = "nats://nats-1/metrics";

function open(platform: MemoryPlatform, options: Record<string, unknown> = {}) {
  const logger = new MemoryLogger();
  const stream = resolveStore({ url: URL, ...options });
  return { logger, opened: openLog(stream, { platform, logger, clientName: "test" }) };
}

async function refused(
  platform: MemoryPlatform,
  options: Record<string, unknown> = {},
): Promise<string> {
  const { opened } = open(platform, options);
  const error = await opened.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof WalqError, String(error));
  assert.doesNotMatch(error.message, /hunter2/);
  return `${error.code}: ${error.message.replace("Cannot open the stream ", "")}`;
}

test("who comes first makes the stream and says how it is parted; all others agree", async () => {
  const platform = new MemoryPlatform();
  const { opened, logger } = open(platform, { partitions: 4 });
  const { log, partitions } = await opened;
  assert.equal(partitions, 4);
  assert.equal((await log.record("layout"))?.value, '{"partitions":4}');
  assert.deepEqual(logger.lines, [
    'info a stream was made {"stream":"metrics"}',
    'info a stream was made {"stream":"metrics_records"}',
  ]);
  assert.equal((await open(platform, { partitions: 4 }).opened).partitions, 4);
  assert.equal(
    await refused(platform, { partitions: 8 }),
    "INVALID_OPTIONS: nats://nats-1:4222/metrics: it has 4 partitions, and the options say 8: " +
      "expected the same number for all who use it",
  );
});

test("of two who say at once how it is parted one is first, and the other hears of it", async () => {
  const platform = new MemoryPlatform();
  const both = [2, 3].map((partitions) => open(platform, { partitions }).opened);
  const results = await Promise.allSettled(both);
  assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const alike = await Promise.all([5, 5].map((partitions) => {
    return open(platform, { url: "nats://nats-1/other", partitions }).opened;
  }));
  assert.deepEqual(alike.map(({ partitions }) => partitions), [5, 5]);
});

test("an answer that is lost leaves what was written for the next one", async () => {
  const platform = new MemoryPlatform();
  const stream = platform.streams.make({
    stream: "metrics",
    replicas: 3,
    maxBytes: 10 * 1024 ** 3,
    duplicateWindowMs: 120_000,
  });
  stream.fault = (step) => step === "replace" ? "lose_answer" : undefined;
  assert.match(await refused(platform), /^STORAGE: .*no answer to replace$/);
  stream.fault = undefined;
  assert.equal((await open(platform).opened).partitions, 8);
  stream.fault = (step) => step === "record" ? "lose" : undefined;
  assert.match(await refused(platform), /^STORAGE: /);
});

test("what is harmless is logged, and what would lose is refused", async () => {
  const platform = new MemoryPlatform();
  await open(platform).opened;
  const { opened, logger } = open(platform, { replicas: 1 });
  await opened;
  assert.deepEqual(logger.lines, [
    "warn a stream is configured otherwise than the options say " +
    '{"stream":"metrics","key":"num_replicas","got":"3","wanted":"1"}',
  ]);
  platform.streams.misconfigure("metrics", [
    { stream: "metrics", key: "discard", got: '"old"', wanted: '"new"', isFatal: true },
    { stream: "metrics", key: "max_age", got: "1", wanted: "0", isFatal: true },
  ]);
  assert.equal(
    await refused(platform),
    'INVALID_OPTIONS: nats://nats-1:4222/metrics: the stream metrics has discard "old", ' +
      'expected "new"; the stream metrics has max_age 1, expected 0',
  );
});

test("a record that is nothing of walq's is left alone, and told", async () => {
  const platform = new MemoryPlatform();
  const { log } = await platform.openStream({
    ...resolveStore({ url: URL }),
    clientName: "other",
    identity: () => ({}),
    makes: true,
    tls: undefined,
  });
  await log!.replaceRecord("layout", "other", undefined);
  assert.match(
    await refused(platform),
    /^INVALID_OPTIONS: .* record "layout" cannot be read: got "other", expected its partitions$/,
  );
});

test("servers that do not answer may come back; what they refuse somebody has to change", async () => {
  const platform = new MemoryPlatform();
  const { streams } = platform;
  streams.fault = () => new StreamError("unavailable", "cannot connect: connection refused");
  assert.equal(
    await refused(platform),
    "STORAGE: nats://nats-1:4222/metrics: cannot connect: connection refused",
  );
  streams.fault = () => new StreamError("full", "cannot make the stream: insufficient storage");
  assert.match(await refused(platform), /^INVALID_OPTIONS: .*insufficient storage$/);
  streams.fault = () => new StreamError("denied", "Authorization Violation of hunter2-hunter2");
  const said: Readonly<Record<string, Record<string, unknown>>> = {
    "the servers want to know who asks, and no credentials are given": {},
    "the servers refuse the user name or its password": {
      username: "me",
      password: "hunter2-hunter2",
    },
    "the servers refuse the token": { token: "hunter2-hunter2" },
  };
  for (const [words, options] of Object.entries(said)) {
    if (Object.keys(options).length === 0) continue;
    assert.equal(
      await refused(platform, options),
      `INVALID_OPTIONS: nats://nats-1:4222/metrics: ${words}: Authorization Violation of <hidden>`,
    );
  }
  streams.fault = () => new StreamError("denied", "Authorization Violation");
  assert.match(await refused(platform), /want to know who asks, and no credentials are given/);
});

test("what is in files is read before, and again while a connection lasts", async () => {
  const platform = new MemoryPlatform();
  const options = { username: "me", passwordFile: "/password", tlsConfig: { caFile: "/ca" } };
  assert.equal(
    await refused(platform, options),
    'STORAGE: nats://nats-1:4222/metrics: cannot read the file "/password": not found',
  );
  const put = async (path: string, text: string): Promise<void> => {
    await platform.files.remove(path).catch(() => {});
    await platform.files.writeAndSync(path, [new TextEncoder().encode(text)]);
  };
  await put("/password", "first\n");
  await put("/ca", "one");
  const { opened, logger } = open(platform, options);
  await opened;
  const settings = platform.streams.opened.at(-1)!;
  assert.deepEqual(settings.identity(), { username: "me", password: "first" });
  assert.equal(settings.tls!().ca, "one");
  await put("/password", "second\n");
  await put("/ca", "two");
  await platform.time.advance(2_000);
  // The one that finds them changed is for the next one.
  settings.identity();
  await platform.time.advance(0);
  assert.deepEqual(settings.identity(), { username: "me", password: "second" });
  assert.equal(settings.tls!().ca, "two");
  await platform.files.remove("/ca");
  await platform.time.advance(2_000);
  settings.identity();
  await platform.time.advance(0);
  assert.equal(settings.tls!().ca, "two");
  assert.match(logger.lines.at(-1)!, /cannot read again who walq is.*\/ca/);
});

test("an nkey and a file of credentials are handed on as they are", async () => {
  const platform = new MemoryPlatform();
  const seed = `SU${"A".repeat(56)}`;
  const credentials = `-----BEGIN NATS USER JWT-----\neyJhbGciOiJ.hunter2.x\n` +
    `------END NATS USER JWT------\n-----BEGIN USER NKEY SEED-----\n${seed}\n` +
    "------END USER NKEY SEED------";
  platform.files.plant("/seed", new TextEncoder().encode(`${seed}\n`));
  platform.files.plant("/creds", new TextEncoder().encode(credentials));
  await open(platform, { nkeySeedFile: "/seed" }).opened;
  assert.deepEqual(platform.streams.opened.at(-1)!.identity(), { nkeySeed: seed });
  await open(platform, { credentialsFile: "/creds" }).opened;
  assert.deepEqual(platform.streams.opened.at(-1)!.identity(), { credentials });
  // Somebody who echoes a part of it.
  platform.streams.fault = () => new StreamError("denied", `no: ${seed} eyJhbGciOiJ.hunter2.x`);
  assert.match(
    await refused(platform, { credentialsFile: "/creds" }),
    /refuse the file of credentials: no: <hidden> <hidden>$/,
  );
});
