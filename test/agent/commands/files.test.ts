/** The commands on files, by the command line: what they print, and how they end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/agent/cli.ts";
import { markStream } from "../../../src/stream_mark.ts";
import { MemoryPlatform } from "../../../src/testing/memory.ts";
import { ALL_KINDS, fileOf, flipped, numbered } from "../../tools/support.ts";
import { FakeHost, putFile } from "../support.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(platform: MemoryPlatform, line: string, input?: Uint8Array): Promise<Ended> {
  const host = new FakeHost(line.split(" "), platform);
  if (input !== undefined) host.input = [input.slice(0, 3), input.slice(3)];
  const code = await main(host);
  const err = host.printed.stderr + host.errLines.join("\n");
  return { code, out: host.printed.stdout, err };
}

function queue(): MemoryPlatform {
  const platform = new MemoryPlatform();
  platform.files.plant("/data/a/wal/1.committed", fileOf(ALL_KINDS));
  platform.files.plant("/data/a/wal/2.committed", fileOf(numbered(2)));
  return platform;
}

test("inspect: a table of a queue, lines of a file, and both as JSON", async () => {
  const platform = queue();
  const table = await run(platform, "inspect --data-path /data --files");
  assert.equal(table.code, 0, table.err);
  assert.match(
    table.out,
    /^a\/wal\/1\.committed .* 9 signals walq\.metrics\.v1 2026-11-30T08:00:00\.000Z to /m,
  );
  assert.match(table.out, /^endpoint +directory +files +bytes +signals +from/m);
  assert.match(
    table.out,
    /^a +pending +2 .* 10 +2026-11-30T08:00:00\.000Z +2026-11-30T08:02:00\.000Z$/m,
  );
  const file = await run(platform, "inspect /data/a/wal/1.committed --match up --limit 1");
  assert.match(file.out, /walq\.metrics\.v1, snappy, checksum right/);
  assert.match(
    file.out,
    /6 samples \(1 stale\), 1 histograms, 1 exemplars, 1 metadata of 4 series/,
  );
  assert.match(file.out, /^ {2}sample {4}up\{job="node"\} 1 2026-11-30T08:00:00\.000Z$/m);
  const json = JSON.parse((await run(platform, "inspect /data --format json")).out);
  assert.deepEqual([json.path, json.openedBy, json.endpoints[0].pending.signals], [
    "/data",
    null,
    10,
  ]);
});

test("a queue that is in a stream is not looked for in files", async () => {
  const platform = queue();
  const host = new FakeHost([], platform);
  const config = "queue: { data_path: /data, store: 'nats://nats-1/metrics' }\n" +
    "remote_write: [{ url: http://host/, name: a }]\n";
  await putFile(host, "/etc/walq.yaml", config);
  for (const line of ["verify", "inspect", "repair", "export /out.tar"]) {
    const { code, err } = await run(platform, `${line} --config /etc/walq.yaml`);
    assert.notEqual(code, 0, line);
    assert.match(err, /in the stream nats:\/\/nats-1:4222\/metrics, expected one in files/, line);
  }
  platform.http.script = () => {
    throw new Error("connection refused");
  };
  for (const line of ["rejected", "retry-rejected"]) {
    const { code, err } = await run(platform, `${line} --config /etc/walq.yaml`);
    assert.notEqual(code, 0, line);
    assert.match(err, /in the stream nats:\/\/nats-1:4222\/metrics, so nothing can be done/, line);
  }
});

test("the data path of a queue that is in a stream is not taken for an empty one", async () => {
  const platform = queue();
  const url = "nats://nats-1:4222/metrics";
  await markStream(platform.files, "/data", url);
  const lines = [
    "verify",
    "inspect",
    "inspect /data",
    "repair",
    "export /out.tar",
    "import /out.tar",
  ];
  for (const line of [...lines, "status", "drop --before now --yes", "rejected"]) {
    const isNamed = line === "inspect /data";
    const { code, err, out } = await run(platform, isNamed ? line : `${line} --data-path /data`);
    assert.equal(code, 1, line);
    assert.ok(err.includes(`the queue in "/data" are in the stream ${url}`), `${line}: ${err}`);
    assert.equal(out, "", line);
  }
});

test("the queue is named once, by an argument, its path, or a configuration", async () => {
  const platform = queue();
  const host = new FakeHost([], platform);
  const config = "remote_write: [{ url: http://host/, name: a }]\nqueue: { data_path: /data }\n";
  await putFile(host, "/etc/walq.yaml", config);
  assert.match(
    (await run(platform, "verify --config /etc/walq.yaml")).out,
    /^2 of 2 files are whole/,
  );
  for (const line of ["verify", "verify /data --data-path /data", "export /out.tar"]) {
    const { code, err } = await run(platform, line);
    assert.equal(code, 2, line);
    assert.match(err, /expected one of .*--data-path and --config/);
  }
  const none = await run(platform, "inspect /nothing");
  assert.equal(none.code, 1);
  assert.match(none.err, /no file and no directory "\/nothing"/);
});

test("an endpoint, a series or a flag that comes to nothing is said, and is no success", async () => {
  const platform = queue();
  platform.files.plant("/data/b/wal/7.committed", fileOf(numbered(1)).slice(0, 100));
  for (const line of ["inspect /data", "verify /data", "export /out.tar --data-path /data"]) {
    const { code, err } = await run(platform, `${line} --endpoint c`);
    assert.deepEqual([code, err], [1, 'walq: There is no endpoint "c": got "a", "b"'], line);
  }
  const one = await run(platform, "verify /data --endpoint a");
  assert.deepEqual([one.code, /^2 of 2 files are whole/.test(one.out)], [0, true]);
  assert.equal((await run(platform, "verify /data")).code, 1);
  const asking = await run(platform, "verify /data --from 1h");
  assert.deepEqual([asking.code, /--from goes with --query-url alone/.test(asking.err)], [2, true]);
  const none = await run(platform, "inspect /data/a/wal/1.committed --match down");
  assert.deepEqual([none.code, /^ {2}nothing in it is down$/m.test(none.out)], [1, true]);
  const count = await run(platform, "inspect /data/a/wal/1.committed --match down --limit 0");
  assert.equal(count.code, 0);
});

test("verify ends with 1 when something is damaged, and names it; repair sets it aside", async () => {
  const platform = queue();
  platform.files.plant("/data/a/wal/3.committed", flipped(fileOf(numbered(3)), -1));
  const found = await run(platform, "verify /data");
  assert.equal(found.code, 1);
  assert.match(
    found.out,
    /^damaged: \/data\/a\/wal\/3\.committed: Cannot read batch: got \d+ bytes with the checksum xxh64:[0-9a-f]{16}, wanted xxh64:[0-9a-f]{16}\n2 of 3 files are whole/,
  );
  const json = JSON.parse((await run(platform, "verify /data --format json")).out);
  assert.equal(json.damagedFiles[0].path, "/data/a/wal/3.committed");
  assert.match(
    (await run(platform, "repair /data --dry-run")).out,
    /^would be set aside: .*3\.committed/m,
  );
  const repaired = await run(platform, "repair /data");
  assert.deepEqual([repaired.code, repaired.err], [0, ""]);
  assert.match(
    repaired.out,
    /^set aside: \/data\/a\/wal\/3\.committed: .*\n(?:.*\n)*2 things done\n$/,
  );
  assert.equal((await run(platform, "verify /data")).code, 0);
});

test("an archive is no file to look into, and a file is no queue: each is told in a line", async () => {
  const platform = queue();
  await run(platform, "export /out.tar --data-path /data");
  for (const command of ["inspect", "verify"]) {
    const { code, err } = await run(platform, `${command} /out.tar`);
    assert.deepEqual([code, err], [
      1,
      'walq: "/out.tar" is an archive: unpack it by tar, and name the directory',
    ]);
  }
  const { code, err } = await run(platform, "verify /data/a/wal/1.committed");
  assert.equal(code, 1);
  assert.match(err, /^walq: Cannot list \/data\/a\/wal\/1\.committed.*$/);
});

test("who reads the output may go at any moment, which is no bug", async () => {
  const host = new FakeHost(["inspect", "/data"], queue());
  const errors = [
    Object.assign(new Error("write EPIPE"), { code: "EPIPE" }),
    Object.assign(new Error("os error 32"), { name: "BrokenPipe" }),
  ];
  for (const error of errors) {
    host.print = () => Promise.reject(error);
    assert.equal(await main(host), 1);
    assert.equal(host.errLines.at(-1), "walq: nobody reads the output any more");
  }
});

test("export and import by the command line, as archive and by --move", async () => {
  const platform = queue();
  const copied = await run(platform, "export /out.tar --data-path /data");
  assert.match(copied.out, /^copied 2 batches, .* 10 signals to \/out\.tar\n$/);
  const moved = await run(platform, "export /out --data-path /data --move");
  assert.match(moved.out, /^moved 2 batches/);
  assert.match((await run(platform, "inspect /data")).out, /pending +0/);
  const imported = await run(platform, "import /out.tar --data-path /to --endpoint b");
  assert.match(imported.out, /^imported 2 batches, .* 10 signals, for b\n$/);
  const again = await run(platform, "import /out --data-path /to --endpoint b");
  assert.match(again.out, /^imported 0 batches.*\n2 batches were imported before\n$/);
});

test("a text to standard output has nothing beside it there", async () => {
  const platform = queue();
  const exported = await run(platform, "export - --data-path /data --format openmetrics");
  assert.match(exported.out, /^up\{job="node"\} 1 [^]*\n# EOF\n$/);
  assert.doesNotMatch(exported.out, /left out/);
  assert.match(
    exported.err,
    /wrote 6 samples of 2 batches\n1 native histograms were left out: openmetrics cannot/,
  );
  const converted = await run(platform, "convert /data/a/wal/2.committed - --to jsonl");
  assert.equal(JSON.parse(converted.out).metric.n, "2");
  assert.match(converted.err, /converted 1 signals from walq\.metrics\.v1 to jsonl/);
});

test("a text is imported by what it begins with, for the endpoints that are named", async () => {
  const platform = queue();
  await run(platform, "export /m.txt --data-path /data --format openmetrics");
  const unnamed = await run(platform, "import /m.txt --data-path /to");
  assert.equal(unnamed.code, 2);
  assert.match(unnamed.err, /a text needs --endpoint NAME/);
  const imported = await run(platform, "import /m.txt --data-path /to --endpoint x");
  assert.match(imported.out, /^imported 6 signals in 1 batches, for x/);
});

test("a text is imported from standard input, by what it begins with", async () => {
  const platform = queue();
  await run(platform, "export /m.txt --data-path /data --format openmetrics");
  await run(platform, "export /all.tar --data-path /data");
  const text = platform.files.peek("/m.txt")!;
  const line = "import - --data-path /to --endpoint x";
  const imported = await run(platform, line, text);
  assert.deepEqual([imported.code, imported.err], [0, ""]);
  assert.match(imported.out, /^imported 6 signals in 1 batches, for x/);
  const again = await run(platform, "import /m.txt --data-path /to --endpoint x");
  assert.match(again.out, /1 pieces of it were imported before/);
  const named = await run(platform, `${line} --format openmetrics`, text);
  assert.match(named.out, /1 pieces of it were imported before/);
  const cut = await run(platform, line, text.subarray(0, -4));
  assert.equal(cut.code, 1);
  assert.match(cut.err, /^walq: Cannot read "standard input": it ends at line 7 without "# EOF"/);
  const refused: readonly (readonly [string, Uint8Array, number, RegExp])[] = [
    [line, platform.files.peek("/all.tar")!, 2, /an export is read twice.*; - is for texts/],
    [`${line} --format walq`, text, 2, /an export is read twice/],
    [line, fileOf(numbered(1)), 2, /FROM is one batch/],
    [line, new Uint8Array(), 1, /Cannot read "standard input": got neither a batch/],
    ["convert - /b --to walq", text, 2, /"walq import -" takes a text from standard input/],
  ];
  for (const [words, input, code, message] of refused) {
    const ended = await run(platform, words, input);
    assert.equal(ended.code, code, words);
    assert.match(ended.err, message);
  }
});

test("a text that is imported in part says what of it, and ends with 3", async () => {
  const platform = new MemoryPlatform();
  const lines = Array.from(
    { length: 60_000 },
    (_, at) => `metric{number="${at}"} 1 ${at}.000000000000000000000000000000000000000000000000\n`,
  );
  const text = new TextEncoder().encode(`${lines.join("")}# EO`);
  const ended = await run(platform, "import - --data-path /to --endpoint x", text);
  assert.equal(ended.code, 3, ended.err);
  assert.match(
    ended.out,
    /^imported [\d,]+ signals in 1 batches, for x\nthe rest was not imported: Cannot read "standard input": it ends at line 60001 without/,
  );
});

test("what cannot go together is a wrong command line", async () => {
  for (
    const [line, message] of [
      ["export - --data-path /data", /needs a file or a directory/],
      ["export /x --data-path /data --move --format jsonl", /--move needs --format walq/],
      ["convert /data/a/wal/1.committed - --to walq", /--to walq needs a file/],
      ["import /data/a/wal/1.committed --data-path /to", /FROM is one batch/],
      ["convert /data/a/wal/1.committed", /convert needs --to FORMAT/],
    ] as const
  ) {
    const { code, err } = await run(queue(), line);
    assert.equal(code, 2, line);
    assert.match(err, message);
  }
});
