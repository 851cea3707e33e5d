import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig, parseConfig } from "../../src/agent/config/config.ts";
import { messageOf } from "../../src/errors.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { parse } from "./parse_config.ts";
import { sourceOf } from "./support.ts";

async function problemWith(text: string): Promise<string> {
  const source = sourceOf(new MemoryFileSystem(), "walq.yaml");
  return await parseConfig(text, source).then(() => "accepted", messageOf);
}

test("syntax errors, duplicate keys and unknown tags have their line", async () => {
  assert.match(await problemWith("a: 1\nb: [\n"), /^walq\.yaml:\d+: /);
  assert.match(
    await problemWith("queue:\n  ttl: 1h\n  ttl: 2h\n"),
    /^walq\.yaml:3: a key is given twice/,
  );
  assert.match(await problemWith("queue: !custom {}\n"), /^walq\.yaml:1: unknown tag/);
  assert.match(await problemWith("? [a]\n: 1\n"), /^walq\.yaml:1: /);
  assert.match(await problemWith("\tqueue: 1"), /^walq\.yaml:1: /);
});

test("nothing in the place of a key is an empty name, and no label's", async () => {
  const one = "queue: { data_path: /data }\nremote_write:\n  - url: http://a/\n    name: a\n";
  for (const key of ["~", "null", "Null", "NULL"]) {
    const problem = await problemWith(`${one}    external_labels: { ${key}: x }\n`);
    assert.match(problem, /^walq\.yaml:5: .*external_labels\[""\]: expected a label name/, key);
  }
  const { resolved } = await parse(`${one}    external_labels: { "null": x, nulls: y }\n`);
  assert.deepEqual(resolved.endpoints[0]!.externalLabels, { null: "x", nulls: "y" });
});

test("a second document is passed over with a line, as Prometheus passes it over without one", async () => {
  const one = "queue: { data_path: /data }\nremote_write:\n  - url: http://a/\n";
  const behind: readonly (readonly [string, number | undefined])[] = [
    ["---\nqueue: { data_path: b }\n", 4],
    ["...\n---\nqueue: { data_path: b }\n", 5],
    ["...\nfoo: bar\n", 5],
    ["---\n[}\n", 4],
    ["---\n~\n", 4],
    [`---\n${"#".repeat(100)}\nx\n`, 4],
    ["---\n", undefined],
    ["---\n\n# nothing: at all\n  # and\n---\n", undefined],
    ["...\n", undefined],
  ];
  for (const [more, line] of behind) {
    const { resolved, remarks } = await parse(one + more);
    assert.equal(resolved.dataPath, "/data", more);
    const told = remarks.filter(({ key }) => key === "---");
    const places = told.map(({ level, place }) => `${level} ${place.replace(/.*:/, "")}`);
    assert.deepEqual(places, line === undefined ? [] : [`warn ${line}`], more);
  }
});

test("anchors and merge keys work", async () => {
  const anchors =
    "remote_write:\n  - url: http://a/\n    queue_config: &q { max_shards: 2 }\n  - url: http://b/\n    queue_config: *q\n";
  assert.equal(await problemWith(anchors), "accepted");
  const merge = (behind: string): string =>
    `remote_write:\n  - &a\n    url: http://a/\n    name: a\n  - <<: ${behind}\n    name: b\n`;
  const source = sourceOf(new MemoryFileSystem(), "walq.yaml");
  for (const behind of ["*a", "[*a, { url: http://c/ }]"]) {
    const { resolved } = await parseConfig(merge(behind), source);
    const [, second] = resolved.endpoints;
    assert.deepEqual([second?.name, second?.url], ["b", "http://a/"], behind);
  }
  assert.equal(
    await problemWith(merge("a")),
    'walq.yaml:5: expected a map behind the merge key ("<<"), or a list of them',
  );
});

test("a billion laughs end at a bound, and so do cycles and deep nesting", async () => {
  const laughs = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 12; level++) {
    const before = `*a${level - 1}`;
    laughs.push(`a${level}: &a${level} [${Array(10).fill(before).join(", ")}]`);
  }
  assert.match(await problemWith(laughs.join("\n")), /has more than 1000000 values/);
  assert.match(await problemWith("a: &a [*a]\n"), /nested more than 32 deep|no alias/);
  assert.match(
    await problemWith(`a: ${"[".repeat(60)}${"]".repeat(60)}\n`),
    /nested more than 32 deep/,
  );
  assert.match(await problemWith(`a: ${"[".repeat(20_000)}\n`), /^walq\.yaml/);
});

test("a file that is missing, too large or not UTF-8 is told as such", async () => {
  const files = new MemoryFileSystem();
  await files.makeDirectory("/etc");
  const load = (path: string): Promise<unknown> => loadConfig(sourceOf(files, path));
  await files.writeAndSync("/etc/large.yaml", [new Uint8Array(16 * 1_048_576 + 1).fill(35)]);
  await files.writeAndSync("/etc/latin1.yaml", [Uint8Array.of(35, 0xe4)]);
  await assert.rejects(load("/etc/none.yaml"), /Cannot read configuration "\/etc\/none\.yaml"/);
  await assert.rejects(load("/etc/large.yaml"), /larger than 16777216 bytes/);
  await assert.rejects(load("/etc/latin1.yaml"), /not UTF-8/);
});

test("tens of thousands of targets are read", async () => {
  const targets = Array.from({ length: 30_000 }, (_, at) => `host-${at}.example.internal:9100`);
  const text = `remote_write: [{ url: "http://a/" }]\nscrape_configs: [{ job_name: a, ` +
    `static_configs: [{ targets: [${targets.join(", ")}] }] }]\n# ${"x".repeat(400_000)}\n`;
  const files = new MemoryFileSystem();
  await files.makeDirectory("/etc");
  await files.writeAndSync("/etc/many.yaml", [new TextEncoder().encode(text)]);
  const { scrape } = await loadConfig(sourceOf(files, "/etc/many.yaml"));
  assert.equal(scrape.jobs.length, 1);
});
