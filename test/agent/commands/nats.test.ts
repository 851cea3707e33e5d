/** `walq nats`, on streams in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/agent/cli.ts";
import { StreamError } from "../../../src/errors.ts";
import { MemoryPlatform } from "../../../src/testing/memory.ts";
import { FakeHost } from "../support.ts";

const CONFIG = `
queue: {store: {url: "nats://a/metrics", partitions: 4}}
remote_write:
- {name: edge, url: "nats://b/other", nats: {partitions: 2}}
- {name: http, url: "http://mimir.example/"}
`;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(platform: MemoryPlatform, line: string, config = CONFIG): Promise<Ended> {
  const host = new FakeHost(line.split(" "), platform);
  host.source = { bytes: new TextEncoder().encode(config), isPlainFile: true };
  const code = await main(host);
  return { code, out: host.printed.stdout, err: host.printed.stderr + host.errLines.join("\n") };
}

test("init makes what is missing, for the store and for endpoints, and check finds it fine", async () => {
  const platform = new MemoryPlatform();
  const before = await run(platform, "nats check --config walq.yaml");
  assert.equal(before.code, 1);
  assert.match(before.out, /^nats:\/\/a:4222\/metrics \(queue\.store\): cannot be used$/m);
  assert.match(before.out, /^ {2}error: the stream metrics: got no stream of this name/m);
  assert.equal(platform.streams.get("metrics"), undefined);
  const made = await run(platform, "nats init --config walq.yaml");
  assert.equal(made.code, 0, made.err);
  assert.deepEqual(made.out.split("\n"), [
    "nats://a:4222/metrics (queue.store): OK",
    "  made: the stream metrics",
    "  made: the stream metrics_records",
    "  partitions: 4",
    "nats://b:4222/other (the endpoint edge): OK",
    "  made: the stream other",
    "  made: the stream other_records",
    "  partitions: 2",
    "",
  ]);
  const again = await run(platform, "nats init --config walq.yaml");
  assert.deepEqual([again.code, /made/.test(again.out)], [0, false]);
  assert.equal((await run(platform, "nats check --config walq.yaml")).code, 0);
});

test("one stream without a configuration, and what is otherwise than it was wished", async () => {
  const platform = new MemoryPlatform();
  const url = "--url nats://a/metrics";
  const line = `nats init ${url} --partitions 2 --replicas 1 --max-bytes 1GiB`;
  assert.equal((await run(platform, line)).code, 0);
  const { code, out } = await run(platform, `nats check ${url} --partitions 3`);
  assert.equal(code, 1);
  assert.match(out, /^ {2}differs: the stream metrics has num_replicas 1, expected 3$/m);
  assert.match(out, /^ {2}error: it has 2 partitions, and the options say 3/m);
  const differing = await run(platform, `nats check ${url} --partitions 2 --format json`);
  assert.equal(differing.code, 0, "what is harmless is no fault");
  const { streams: [one] } = JSON.parse(differing.out);
  assert.deepEqual(
    { ...one, faults: one.faults.map(({ key }: { readonly key: string }) => key) },
    {
      of: "--url",
      url: "nats://a:4222/metrics",
      isUsable: true,
      made: [],
      faults: ["num_replicas", "max_bytes"],
      partitions: 2,
      problems: [],
      missingToSend: [],
    },
  );
  platform.streams.misconfigure("metrics", [
    { stream: "metrics", key: "discard", got: '"old"', wanted: '"new"', isFatal: true },
  ]);
  const fatal = await run(platform, `nats check ${url} --partitions 2`);
  assert.equal(fatal.code, 1);
  assert.match(fatal.out, /^ {2}error: the stream metrics has discard "old", expected "new"$/m);
  assert.doesNotMatch(fatal.out, /partitions/, "nobody looked");
});

test("a stream that somebody made by hand is fine before it says how it is parted", async () => {
  const platform = new MemoryPlatform();
  platform.streams.make({
    stream: "metrics",
    replicas: 3,
    maxBytes: 10 * 1024 ** 3,
    duplicateWindowMs: 120_000,
  });
  const check = await run(platform, "nats check --url nats://a/metrics");
  assert.deepEqual([check.code, /not written down yet/.test(check.out)], [0, true]);
  assert.match((await run(platform, "nats init --url nats://a/metrics")).out, /partitions: 8/);
});

test("servers that do not answer are told for each stream", async () => {
  const platform = new MemoryPlatform();
  platform.streams.fault = ({ servers }) =>
    servers[0] === "a:4222" ? new StreamError("unavailable", "connection refused") : undefined;
  const { code, out } = await run(platform, "nats init --config walq.yaml");
  assert.equal(code, 1);
  assert.match(out, /^ {2}error: Cannot open the stream nats:\/\/a:4222\/metrics: connection ref/m);
  assert.match(out, /^nats:\/\/b:4222\/other \(the endpoint edge\): OK$/m);
});

test("a command line that is wrong says which word of it", async () => {
  const platform = new MemoryPlatform();
  const wrong: Readonly<Record<string, RegExp>> = {
    "nats": /nats needs ACTION/,
    "nats look --url nats://a/b": /expected init or check/,
    "nats init": /expected --config or --url, one of them/,
    "nats init --config x --url nats://a/b": /expected --config or --url, one of them/,
    "nats init --config x --partitions 2": /--partitions goes with --url/,
    "nats init --config x --tls": /--tls goes with --url/,
    "nats init --url nats://a": /--url: got "nats:\/\/a", expected a URL that ends with the name/,
    "nats init --url nats://a/b --partitions 0": /--partitions: got 0, expected a whole number/,
    "nats init --url nats://a/b --password-file p": /--password-file: given without --user/,
    "nats init --url nats://a/b --user u --token-file t":
      /--token-file: given together with --user, expected at most one of them/,
    "nats init --url nats://a/b --cert-file c": /missing, expected it or --key-file/,
  };
  for (const [line, message] of Object.entries(wrong)) {
    const { code, err } = await run(platform, line);
    assert.match(err, message, line);
    assert.equal(code, 2, line);
  }
  const none = "remote_write: [{name: one, url: 'http://a/'}]";
  const { code, err } = await run(platform, "nats check --config x", none);
  assert.equal(code, 1);
  assert.match(err, /the configuration has no stream/);
});

test("who asks, and by which TLS, is said by flags", async () => {
  const platform = new MemoryPlatform();
  platform.files.plant("/p", new TextEncoder().encode("hunter2\n"));
  await run(platform, "nats init --url nats://a/b --user u --password-file /p --tls");
  const settings = platform.streams.opened.at(-1)!;
  assert.deepEqual(settings.identity(), { username: "u", password: "hunter2" });
  assert.equal(settings.tls!().insecureSkipVerify, false);
  await run(platform, "nats init --url nats://a/b");
  assert.equal(platform.streams.opened.at(-1)!.tls, undefined);
});
