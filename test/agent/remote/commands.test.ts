/** `walq status`, `drop` and `rejected`, on a program that runs and on what one has left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer, MemoryPlatform } from "../../../src/testing/memory.ts";
import { CONTENT, Rig } from "../../queue/support.ts";
import { compress } from "../../support/hysnappy.ts";
import { encodePlainRequest } from "../../support/remote_write_v1.ts";
import { FakeHost, putFile } from "../support.ts";
import { Program, type Ran, runOn, stoppedHost } from "./support.ts";

const HOUR_MS = 3_600_000;

/** Two endpoints, of which one is down with ten old files and ten new ones. */
async function withBacklog(): Promise<Rig> {
  const rig = await new Rig({ ttl: "1d" }, ["one", "two"]).open();
  rig.one.answer = () => makeAnswer(503, "no room");
  const nowMs = rig.nowMs();
  for (let at = 0; at < 10; at++) await rig.put("a", at, nowMs - 5 * HOUR_MS);
  for (let at = 10; at < 20; at++) await rig.put("a", at, nowMs);
  await rig.platform.time.advance(30_000);
  return rig;
}

test("status says what is pending and who is down, as a table and as JSON", async () => {
  const rig = await withBacklog();
  await rig.queue.close();
  const program = await Program.start(rig);
  await rig.platform.time.advance(30_000);
  const { code, out } = await program.run(["status"]);
  assert.equal(code, 0);
  const [head, columns, one, two, ...rest] = out.split("\n");
  assert.equal(head, "http://127.0.0.1:9099: ready");
  assert.match(columns!, /^ENDPOINT +STATE +PENDING +FILES +SIZE +BEHIND +IN\/S/);
  assert.match(one!, /^one +down for \d+\w* +20 +20 +[\d.]+ KiB .* 0 +0$/);
  assert.match(two!, /^two +idle +0 +0 /);
  assert.match(rest.join("\n"), /^one: last error: .*503.*no room/);
  const json = await program.run(["status", "--url", "http://127.0.0.1:9099/", "--format=json"]);
  const { phase, endpoints } = JSON.parse(json.out);
  assert.equal(phase, "ready");
  assert.deepEqual(
    endpoints.map(({ name, pendingSignals }: Record<string, unknown>) => [name, pendingSignals]),
    [["one", 20], ["two", 0]],
  );
  assert.deepEqual(endpoints[0].rates, { in: 0, out: 0 });
  assert.deepEqual(program.asked[0], "http://127.0.0.1:9099/api/v1/status");
  await rig.queue.close();
});

test("status is drawn again and again on a terminal, with the rates in between, until it is interrupted", async () => {
  const rig = await withBacklog();
  await rig.queue.close();
  const program = await Program.start(rig);
  let looks = 0;
  const { out, code } = await program.run(["status", "--watch", "--interval", "10s"], {
    prepare: (host) => {
      host.columns.stdout = 100;
      const { script } = host.platform.http;
      host.platform.http.script = async (request, signal) => {
        if (++looks === 2) { for (let at = 0; at < 50; at++) await rig.put("b", at); }
        if (looks === 4) host.signal("SIGINT");
        return await script(request, signal);
      };
    },
  });
  assert.equal(code, 0);
  const screens = out.split("\x1b[H\x1b[J");
  assert.ok(screens.length >= 3, `${screens.length}`);
  assert.match(screens[1]!, /^two +sending +50 +50 +\S+ KiB +\S+ +\d+\.\d /m);
  await rig.queue.close();
});

test("what a program has left is shown by its directory, and its lock is given up again", async () => {
  const rig = await withBacklog();
  const host = await stoppedHost(rig, ["status", "--data-path", "/data"]);
  const { out, code } = await runOn(host);
  assert.equal(code, 0);
  const [head, , one, two] = out.split("\n");
  assert.equal(head, "/data: stopped");
  assert.match(one!, /^one +stopped +20 +20 +[\d.]+ KiB +5h\w* .* - /);
  assert.match(two!, /^two +stopped +0 /);
  await rig.open();
  assert.equal(rig.pending(), 20);
  await rig.queue.close();
});

test("a backlog is dropped beside the running program, after a question", async () => {
  const rig = await withBacklog();
  await rig.queue.close();
  const program = await Program.start(rig);
  const args = ["drop", "--before", String((rig.nowMs() - HOUR_MS) / 1000), "--endpoint", "one"];
  const dry = await program.run([...args, "--dry-run"]);
  assert.deepEqual([dry.code, dry.out], [0, "would drop 10 files, 10 signals\n"]);
  const nobody = await program.run(args);
  assert.equal(nobody.code, 2);
  assert.match(nobody.err, /standard input is no terminal, so give --yes/);
  const no = await program.run(args, { answers: ["n"] });
  assert.deepEqual([no.code, no.err], [1, "walq: nothing was dropped"]);
  assert.match(
    no.host.questions[0]!,
    /^http:\/\/127\.0\.0\.1:9099: drop what is older than .*Z of one: 10 files, 10 signals\? \[y\/N\] $/,
  );
  assert.equal(rig.pending(), 20);
  const yes = await program.run(args, { answers: ["yes"] });
  assert.deepEqual([yes.code, yes.out], [0, "dropped 10 files, 10 signals\n"]);
  assert.equal(rig.pending(), 10);
  rig.checkSum();
  const again = await program.run([...args, "--yes", "--format", "json"]);
  assert.deepEqual(JSON.parse(again.out).batches, 0);
  await rig.queue.close();
});

/** A program whose queue is in a stream, of which another process may send a part. */
async function inStream(sends: boolean, isAlone: boolean) {
  const store = { url: "nats://nats-1/walq", partitions: 4, sends };
  const other = new Rig({ store: { ...store, sends: true } });
  const rig = new Rig({ store });
  const { script } = rig.platform.http;
  rig.platform = new MemoryPlatform({}, other.platform);
  rig.platform.http.script = script;
  if (!isAlone) await other.wait(other.open());
  const program = await Program.start(rig);
  await rig.platform.time.advance(60_000);
  return { rig, program, other };
}

test("of a queue in a stream status says what of it is sent, and by how many", async () => {
  const { rig, program, other } = await inStream(true, false);
  const { out } = await program.run(["status"]);
  assert.equal(
    out.split("\n")[1],
    "stream walq: takes what comes in; this process sends 2 of 4 partitions; nobody sends 0; 2 senders",
  );
  const servers = other.platform.streams.get("walq")!;
  servers.fault = () => "lose";
  await assert.rejects(rig.put("a", 1), /no answer/);
  await rig.platform.time.advance(60_000);
  const lines = (await program.run(["status"])).out.split("\n");
  assert.match(
    lines[1]!,
    /^stream walq: refuses what comes in since 20\S+Z; this process sends 0 of 4 partitions; nobody sends 4; 1 sender$/,
  );
  assert.match(lines[2]!, /^stream walq: last error: .*no answer/);
  assert.match(lines[4]!, /^one +has no partition /);
  const { queue } = JSON.parse((await program.run(["status", "--format", "json"])).out);
  assert.deepEqual([queue.storeFailing, queue.stream.unowned, queue.stream.sent], [true, 4, []]);
  assert.match(queue.storeFailure.lastError, /no answer/);
  servers.fault = undefined;
});

test("of a process that sends nothing status says that", async () => {
  const { program } = await inStream(false, true);
  const { out } = await program.run(["status"]);
  const [, store, , one] = out.split("\n");
  assert.equal(
    store,
    "stream walq: takes what comes in; this process sends nothing from it (sends: false)",
  );
  assert.match(one!, /^one +not sent from here /);
});

test("what is done to a part of a stream is said to be of a part", async () => {
  const { rig, program } = await inStream(true, false);
  rig.one.answer = () => makeAnswer(503, "no room");
  const part = "of the 2 of 4 partitions of the stream walq that this process sends: " +
    "ask each one that sends";
  const drop = ["drop", "--before", "now"];
  const dry = await program.run([...drop, "--dry-run"]);
  assert.equal(dry.out, `would drop 0 files, 0 signals ${part}\n`);
  const no = await program.run(drop, { answers: ["n"] });
  assert.ok(no.host.questions[0]!.includes(part));
  const yes = await program.run([...drop, "--yes", "--format", "json"]);
  assert.deepEqual(JSON.parse(yes.out).partOf, { stream: "walq", sent: 2, partitions: 4 });
  assert.ok(
    rig.logger.lines.some((line) => /acted .*"partitions_sent":2,"partitions":4/.test(line)),
  );
  const { out } = await program.run(["rejected"]);
  assert.match(out, /of this process alone: each one that sends the stream walq keeps what it was/);
});

test("all of a stream is not said to be a part", async () => {
  const { program } = await inStream(true, true);
  const { out } = await program.run(["drop", "--before", "now", "--dry-run"]);
  assert.equal(out, "would drop 0 files, 0 signals\n");
});

test("a moment in the future is no backlog, unless it is said that it is meant", async () => {
  const rig = await withBacklog();
  await rig.queue.close();
  const program = await Program.start(rig);
  const args = ["drop", "--before", "2100-01-01", "--yes"];
  const wrong = await program.run(args);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /got 2100-01-01T00:00:00\.000Z, which is \d+ days ahead of the queue's/);
  assert.equal(rig.pending(), 20);
  const meant = await program.run([...args, "--future"]);
  assert.deepEqual([meant.code, meant.out], [0, "dropped 20 files, 20 signals\n"]);
  await rig.queue.close();
});

test("what a program has left is dropped by the same command, and does not come back", async () => {
  const rig = await withBacklog();
  const before = String((rig.nowMs() - HOUR_MS) / 1000);
  const host = await stoppedHost(rig, [
    "drop",
    "--before",
    before,
    "--yes",
    "--data-path",
    "/data",
  ]);
  const { out, code } = await runOn(host);
  assert.deepEqual([code, out], [0, "dropped 10 files, 10 signals\n"]);
  await rig.open();
  assert.equal(rig.pending(), 10);
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  await rig.queue.close();
});

test("a directory that a program uses is left alone, and it is said who uses it and how to ask it", async () => {
  const rig = await withBacklog();
  const host = new FakeHost(
    ["drop", "--before", "now", "--yes", "--data-path", "/data"],
    rig.platform,
  );
  const { code, err } = await runOn(host);
  assert.equal(code, 1);
  assert.match(err, /Cannot open data path "\/data": this process has it open already/);
  assert.match(err, /Ask that program: by --url http:\/\/127\.0\.0\.1:9099/);
  assert.equal(rig.pending(), 20);
  const nowhere = await runOn(new FakeHost(["status", "--data-path", "/nowhere"], rig.platform));
  assert.match(nowhere.err, /Cannot open data path "\/nowhere": there is no such directory/);
  await putFile(host, "/other/file", "x");
  const other = await runOn(new FakeHost(["status", "--data-path", "/other"], rig.platform));
  assert.match(other.err, /expected directories of endpoints with wal\/ in them/);
  await rig.queue.close();
});

test("a configuration says where the program listens, and what it has left when it does not answer", async () => {
  const rig = await withBacklog();
  await rig.queue.close();
  const config = "remote_write: [{ url: http://one/, name: one }]\n" +
    "queue: { data_path: /data }\n" +
    "server: { listen: [':9100'], route_prefix: /walq }\n";
  const program = await Program.start(rig);
  const prepare = (host: FakeHost): Promise<void> => putFile(host, "/etc/walq.yaml", config);
  await program.run(["status", "--config", "/etc/walq.yaml"], { prepare });
  assert.equal(program.asked[0], "http://127.0.0.1:9100/walq/api/v1/status");
  program.isUp = false;
  const host = await stoppedHost(rig, ["status", "--config", "/etc/walq.yaml"]);
  host.platform.http.script = () => {
    throw new Error("connection refused");
  };
  await putFile(host, "/etc/walq.yaml", config);
  const { out, code } = await runOn(host);
  assert.equal(code, 0);
  assert.match(out, /^\/data: stopped$/m);
});

test("who asks says who he is, and no secret is shown", async () => {
  const rig = await withBacklog();
  await rig.queue.close();
  const program = await Program.start(rig, { hasAdminApi: false });
  const prepare = async (host: FakeHost): Promise<void> => {
    await putFile(host, "/work/password", "hunter2\n");
    await putFile(host, "/etc/http.yml", "authorization: { credentials: hunter3 }\n");
    await putFile(host, "/etc/wrong.yml", "authorisation: { credentials: hunter3 }\n");
  };
  const drop = ["drop", "--before", "now", "--yes"];
  const user = ["--user", "alice", "--password-file", "password"];
  const refused = await program.run([...drop, ...user], { prepare });
  assert.equal(program.headers["authorization"], `Basic ${btoa("alice:hunter2")}`);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^walq: http:\/\/.* answered HTTP 403: .*server\.enable_admin_api/);
  await program.run(["status", "--http-config", "/etc/http.yml"], { prepare });
  assert.equal(program.headers["authorization"], "Bearer hunter3");
  const wrong = await program.run(["status", "--http-config", "/etc/wrong.yml"], { prepare });
  assert.match(wrong.err, /\/etc\/wrong\.yml:1: the file: unknown key at column 1/);
  const alone = await program.run(["status", "--user", "alice"], { prepare });
  assert.deepEqual([alone.code, /go together/.test(alone.err)], [2, true]);
  const two = await program.run(["status", "--url", "http://a", "--data-path", "b"], { prepare });
  assert.deepEqual([two.code, /each say where/.test(two.err)], [2, true]);
  await rig.queue.close();
});

test("what is no walq is told as that", async () => {
  const answers: [status: number, text: string, expected: RegExp][] = [
    [200, "<html>", /answered HTTP 200: <html>/],
    [200, "[]", /the answer is no status of walq/],
    [200, '{"phase":"ready","endpoints":[{"name":1}]}', /endpoints\.0\.name/],
    [200, '{"phase":"ready","endpoints":{}}', /endpoints/],
    [401, "Unauthorized", /HTTP 401: Unauthorized; say who you are by --user/],
    [500, "\x1b[31mred\r\nlines", /HTTP 500: .*red lines/],
  ];
  for (const [status, text, expected] of answers) {
    const host = new FakeHost(["status"]);
    host.platform.http.script = () => makeAnswer(status, text);
    const { code, err } = await runOn(host);
    assert.equal(code, 1);
    assert.match(err, expected);
  }
});

test("what was refused is listed with the endpoint's words", async () => {
  const rig = await new Rig({ ttl: "1d" }).open();
  rig.one.answer = () => makeAnswer(400, "out of\nbounds");
  await rig.put("a", 1);
  await rig.platform.time.advance(30_000);
  await rig.queue.close();
  const program = await Program.start(rig);
  const { out, code } = await program.run(["rejected"]);
  assert.equal(code, 0);
  assert.match(out, /^ENDPOINT +ID +REJECTED +STATUS/);
  assert.match(out, /^one +[0-9a-f]{16} +\S+Z +400 +1 .*out of/m);
  const json = await program.run(["rejected", "--endpoint", "one", "--format", "json"]);
  assert.equal(JSON.parse(json.out).status, 400);
  await rig.queue.close();
  const left = await runOn(await stoppedHost(rig, ["rejected", "--data-path", "/data"]));
  assert.match(left.out, /^one +[0-9a-f]{16} /m);
});

test("what was refused is sent again when the receiver was mended, beside the program and before its next start", async () => {
  const rig = await new Rig({ ttl: "1d" }).open();
  rig.one.answer = () => makeAnswer(400, "no");
  for (const value of [1, 2]) {
    await rig.put("a", value);
    await rig.platform.time.advance(30_000);
  }
  await rig.queue.close();
  const program = await Program.start(rig);
  const listed = await program.run(["rejected", "--format", "json"]);
  const ids = listed.out.trim().split("\n").map((line) => JSON.parse(line).id);
  assert.equal(ids.length, 2);
  rig.one.answer = () => makeAnswer(200);
  const one = await program.run(["retry-rejected", "--endpoint", "one", "--id", ids[0]]);
  assert.equal(one.out, "to be sent again: 1 requests, 1 signals\n");
  await rig.drain();
  rig.checkSum();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  const args = ["retry-rejected", "--data-path", "/data", "--format", "json"];
  const left = await runOn(await stoppedHost(rig, args));
  const nothingWrong = { damaged: 0, damagedFiles: [], unknownIds: [] };
  assert.deepEqual(JSON.parse(left.out), { requests: 1, signals: 1, ...nothingWrong });
  await rig.open();
  await rig.drain();
  rig.checkSum();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1, 2]);
  await rig.queue.close();
});

test("what was delivered is sent once more, beside the program and before its next start", async () => {
  const one = { name: "one", url: "http://one/write", keepDelivered: "1d" } as const;
  const rig = await new Rig({ ttl: "1d", endpoints: [one] }).open();
  const nowMs = rig.nowMs();
  for (let hour = 5; hour > 0; hour--) {
    await rig.put("a", hour, nowMs - hour * HOUR_MS);
    await rig.drain();
  }
  await rig.wait(rig.queue.close());
  const program = await Program.start(rig);
  const at = (hours: number): string => String((nowMs - hours * HOUR_MS) / 1000);
  const args = ["replay", "--from", at(3.5), "--to", at(1.5)];
  const dry = await program.run([...args, "--dry-run"]);
  assert.equal(dry.out, "would send again: 2 files, 2 signals\n");
  await rig.drain();
  assert.equal(rig.one.arrivals.length, 5);
  const sent = await program.run([...args, "--endpoint", "one"]);
  assert.equal(sent.out, "to be sent again: 2 files, 2 signals\n");
  await rig.drain();
  rig.checkSum();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [5, 4, 3, 2, 1, 3, 2]);
  const wrong = await program.run(["replay", "--from", at(1), "--to", at(2)]);
  assert.deepEqual([wrong.code, /--from is not before --to/.test(wrong.err)], [2, true]);
  const words = ["replay", "--from", at(5.5), "--to", at(4.5), "--data-path", "/data"];
  const left = await runOn(await stoppedHost(rig, [...words, "--format", "json"]));
  assert.equal(JSON.parse(left.out).signals, 1);
  await rig.open();
  await rig.drain();
  assert.equal(rig.one.valuesOf("__name__=a").at(-1), 5);
  await rig.queue.close();
});

test("an id that is not there is said, with those like it, and is no success", async () => {
  const rig = await new Rig({ ttl: "1d" }).open();
  rig.one.answer = () => makeAnswer(400, "no");
  for (const value of [1, 2]) {
    await rig.put("a", value);
    await rig.platform.time.advance(30_000);
  }
  const [first, second] = (await rig.queue.rejected()).map(({ id }) => id);
  await rig.queue.close();
  const program = await Program.start(rig);
  const short = await program.run(["retry-rejected", "--id", first!.slice(0, 12)]);
  assert.equal(short.code, 1);
  assert.equal(
    short.out,
    "to be sent again: 0 requests, 0 signals\n" +
      `no such id: ${first!.slice(0, 12)}; like it is ${first}\n`,
  );
  const none = await program.run(["retry-rejected", "--id", "nonsense"]);
  assert.equal(none.code, 1);
  assert.match(none.out, /^no such id: nonsense; 2 requests are kept, and "walq rejected" lists/m);
  assert.equal((await rig.queue.rejected()).length, 2);
  const typo = `${second!.slice(0, 15)}${second!.endsWith("0") ? "1" : "0"}`;
  const args = ["retry-rejected", "--id", second!, "--id", typo];
  const both = await program.run(args);
  assert.equal(both.code, 1);
  assert.match(both.out, /^to be sent again: 1 requests, 1 signals$/m);
  assert.match(both.out, new RegExp(`^no such id: ${typo}; like it is ${second}$`, "m"));
  const json = await program.run([...args, "--format", "json"]);
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.out).unknownIds, [second, typo]);
  const nobody = await program.run(["retry-rejected", "--endpoint", "nobody"]);
  assert.deepEqual([nobody.code, /expected one of "one"/.test(nobody.err)], [1, true]);
  await rig.queue.close();
});

test("what is damaged is named, and the exit code says that it was passed over", async () => {
  const one = { name: "one", url: "http://one/write", keepDelivered: "1d" } as const;
  const rig = await new Rig({ ttl: "1d", endpoints: [one] }).open();
  for (const value of [1, 2]) {
    await rig.put("a", value);
    await rig.drain();
  }
  rig.one.answer = () => makeAnswer(400, "no");
  await rig.put("b", 3);
  await rig.platform.time.advance(30_000);
  await rig.wait(rig.queue.close());
  const { files } = rig.platform;
  const paths = files.paths();
  const [kept] = paths.filter((path) => path.endsWith(".delivered"));
  const [refused] = paths.filter((path) => path.endsWith(".rejected"));
  for (const path of [kept!, refused!]) {
    const bytes = await files.read(path);
    bytes[bytes.length - 2]! ^= 255;
    files.plant(path, bytes);
  }
  const program = await Program.start(rig);
  const at = (hours: number): string => String(Math.floor(rig.nowMs() / 1000) + hours * 3600);
  const replay = ["replay", "--from", at(-1), "--to", at(1)];
  const words = kept!.slice("/data/".length);
  const told = `2 files, 2 signals\ndamaged, and passed over: ${words}\n`;
  const dry = await program.run([...replay, "--dry-run"]);
  assert.deepEqual([dry.code, dry.out], [3, `would send again: ${told}`]);
  const sent = await program.run(replay);
  assert.deepEqual([sent.code, sent.out], [3, `to be sent again: ${told}`]);
  const retried = await program.run(["retry-rejected", "--format", "json"]);
  assert.equal(retried.code, 3);
  const damagedFiles = [refused!.slice("/data/".length)];
  const outcome = { requests: 0, signals: 0, damaged: 1, damagedFiles, unknownIds: [] };
  assert.deepEqual(JSON.parse(retried.out), outcome);
  const json = await program.run([...replay, "--format", "json"]);
  assert.equal(json.code, 3);
  assert.deepEqual(JSON.parse(json.out).damagedFiles, [words]);
  const past = await program.run(["replay", "--from", "3d", "--to", "2d"]);
  assert.equal(past.code, 1);
  assert.match(past.out, /^nothing of the time from \S+Z to \S+Z is kept; queue_config\.keep_del/m);
  await rig.queue.close();
});

/** What a disk makes of a file, in its head and in its data. */
const DAMAGES: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
  ...[5, 100, -20].map((at) => (bytes: Uint8Array) => {
    bytes.subarray(at).fill(0xa5, 0, 4);
    return bytes;
  }),
  () => new Uint8Array(),
  (bytes) => bytes.subarray(0, 100),
  (bytes) => {
    bytes[bytes.length - 2]! ^= 255;
    return bytes;
  },
];

/** A queue that was closed, with one more refused request than there are damages. */
async function withDamaged(): Promise<{ rig: Rig; names: string[] }> {
  const rig = await new Rig({ ttl: "1d" }, ["one", "two"]).open();
  rig.one.answer = () => makeAnswer(400, "no");
  for (let value = 0; value <= DAMAGES.length; value++) {
    await rig.put("a", value);
    await rig.drain();
  }
  await rig.wait(rig.queue.close());
  const { files } = rig.platform;
  const paths = files.paths().filter((path) => path.endsWith(".rejected")).sort();
  assert.equal(paths.length, DAMAGES.length + 1);
  for (const [at, damage] of DAMAGES.entries()) {
    files.plant(paths[at]!, damage(await files.read(paths[at]!)));
  }
  return { rig, names: paths.slice(0, -1).map((path) => path.slice("/data/".length)) };
}

/** A command on what that queue has left. */
async function onStopped(rig: Rig, ...args: string[]): Promise<Ran> {
  return await runOn(new FakeHost([...args, "--data-path", "/data"], rig.platform));
}

test("what is damaged from its first byte on is named while nothing runs, too", async () => {
  const { rig, names } = await withDamaged();
  const retried = await onStopped(rig, "retry-rejected", "--format", "json");
  assert.equal(retried.code, 3);
  const { damagedFiles, ...counts } = JSON.parse(retried.out);
  assert.deepEqual(counts, { requests: 1, signals: 1, damaged: names.length, unknownIds: [] });
  assert.deepEqual(damagedFiles.sort(), names);
  const again = await onStopped(rig, "retry-rejected");
  assert.deepEqual(
    [again.code, again.out],
    [0, "to be sent again: 0 requests, 0 signals\n"],
  );
});

test("the list of what was refused names what it sets aside, by the exit code too", async () => {
  const { rig } = await withDamaged();
  const listed = await onStopped(rig, "rejected", "--format", "json");
  assert.equal(listed.code, 3);
  const lines = listed.out.trimEnd().split("\n").map((line) => JSON.parse(line));
  const { damaged, damagedFiles } = lines.at(-1);
  // Of the others the damage is behind what the list is made of.
  const setAside = rig.platform.files.paths().filter((path) =>
    path.includes("/quarantine/") && path.endsWith(".rejected")
  );
  assert.ok(setAside.length >= 3, `${setAside.length}`);
  assert.deepEqual(
    damagedFiles.toSorted(),
    setAside.map((path) => path.slice("/data/".length).replace("quarantine", "rejected")).sort(),
  );
  assert.equal(damaged, setAside.length);
  assert.equal(lines.length - 1, DAMAGES.length + 1 - damaged);
  const retried = await onStopped(rig, "retry-rejected", "--format", "json");
  assert.equal(JSON.parse(retried.out).damaged, DAMAGES.length - damaged);
});

test("as text, for the endpoint that was asked for alone", async () => {
  const { rig, names } = await withDamaged();
  const other = await onStopped(rig, "rejected", "--endpoint", "two");
  assert.deepEqual([other.code, other.out], [0, "/data: nothing that was refused is kept\n"]);
  const { code, out } = await onStopped(rig, "rejected", "--endpoint", "one");
  assert.equal(code, 3);
  assert.match(out, /^ENDPOINT .*^damaged, and passed over: one\/rejected\//ms);
  assert.ok(out.includes(`damaged, and passed over: ${names[3]}\n`), out);
});

test("an id whose file is damaged is not unknown: the file is named", async () => {
  const { rig, names } = await withDamaged();
  const empty = names[3]!;
  const id = empty.slice("one/rejected/".length, -".rejected".length);
  const { code, out } = await onStopped(rig, "retry-rejected", "--id", id);
  assert.equal(code, 3);
  assert.match(out, /^to be sent again: 0 requests, 0 signals\ndamaged, and passed over: /);
  assert.ok(out.includes(empty) && !out.includes("no such id"), out);
});

test("a program that runs tells what it found damaged at its start, until that was told", async () => {
  const { rig, names } = await withDamaged();
  const program = await Program.start(rig);
  await rig.platform.time.advance(1_000);
  const listed = await program.run(["rejected", "--endpoint", "one"]);
  assert.equal(listed.code, 3);
  assert.ok(listed.out.includes(`damaged, and passed over: ${names[3]}\n`), listed.out);
  const retried = await program.run(["retry-rejected", "--format", "json"]);
  assert.equal(retried.code, 3);
  assert.deepEqual(JSON.parse(retried.out).damagedFiles.toSorted(), names);
  for (const command of ["rejected", "retry-rejected"]) {
    assert.equal((await program.run([command])).code, 0, command);
  }
  await rig.queue.close();
});

test("metadata alone, which is of no time, is listed without one", async () => {
  const rig = await new Rig({ ttl: "1d" }).open();
  rig.one.answer = () => makeAnswer(400, "no");
  const body = compress(encodePlainRequest([], [["a", "Help."]]));
  await rig.wait(rig.queue.write(body, CONTENT));
  await rig.drain();
  const { code, out } = await runOn(
    await stoppedHost(rig, ["rejected", "--data-path", "/data"]),
  );
  assert.equal(code, 0);
  assert.match(out, / 400 +1 +\S+ \S+ +- +- +HTTP 400: no$/m);
});
