import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/agent/config/config.ts";
import { messageOf } from "../../src/errors.ts";
import type { ResolvedOptions } from "../../src/options.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { sourceOf } from "./support.ts";

const TEXT = "remote_write:\n  - url: http://host/\n    name: a\n";

async function parseWith(...sets: string[]): Promise<ResolvedOptions> {
  const source = sourceOf(new MemoryFileSystem(), "walq.yaml", sets);
  return (await parseConfig(TEXT, source)).resolved;
}

async function problemWith(...sets: string[]): Promise<string> {
  return await parseWith(...sets).then(() => "accepted", messageOf);
}

test("--set overrides, adds, and goes into lists", async () => {
  const options = await parseWith(
    "remote_write[0].queue_config.max_shards=8",
    "remote_write[0].name=b",
    "remote_write[1].url=http://other/",
    "queue.ttl=1h",
    'global.external_labels["a.b"]=x=y',
    "global.external_labels.site=",
  );
  assert.equal(options.endpoints.length, 2);
  assert.equal(options.endpoints[0]!.maxShards, 8);
  assert.equal(options.endpoints[0]!.name, "b");
  assert.equal(options.endpoints[1]!.url, "http://other/");
  assert.equal(options.ttlMs, 3_600_000);
  assert.deepEqual(options.endpoints[0]!.externalLabels, { "a.b": "x=y" });
});

test("what is wrong with a --set names it", async () => {
  const cases: [string, string][] = [
    ["queue.ttl", "--set queue.ttl: expected key=value"],
    ["=1", "--set ...: expected key=value"],
    ["queue..ttl=1h", "--set queue...: expected key=value"],
    [".queue=1", "--set .queue: expected key=value"],
    ["queue.ttl=[1]", "--set queue.ttl: expected a single value"],
    ["queue.ttl=0s", '--set queue.ttl: got "0s", expected a duration'],
    ["remote_write[3].url=x", "--set remote_write[3].url: got index 3, expected at most 1"],
    ["remote_write.url=x", '--set remote_write.url: "url" is not in a map'],
    ["queue[0]=x", "--set queue[0]: queue: got a list, expected a map"],
    ["remote_write[0].url[0]=x", "--set remote_write[0].url[0]: [0] is not in a list"],
    [
      "remote_write[0].queue_config.max_shards=0",
      "--set remote_write[0].queue_config.max_shards: got 0",
    ],
    ["quue.ttl=1h", "--set [...].ttl: the file: unknown key, expected one of global"],
    ["queue.tttl=1h", "--set queue[...]: queue: unknown key, expected one of data_path"],
  ];
  for (const [setting, expected] of cases) {
    const problem = await problemWith(setting);
    assert.ok(problem.includes(expected), `${setting}: ${problem}`);
  }
});

test("a --set cannot reach the prototype of anything", async () => {
  assert.match(await problemWith("__proto__.polluted=1"), /unknown key/);
  assert.match(await problemWith("constructor.prototype.polluted=1"), /unknown key/);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});
