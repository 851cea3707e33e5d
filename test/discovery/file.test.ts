/** file_sd_configs: files that come, change, break and go. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FileDiscoverer } from "../../src/discovery/file.ts";
import { Harness } from "./support.ts";

async function started(
  files: readonly string[],
  contents: Readonly<Record<string, string>> = {},
): Promise<Harness> {
  const harness = new Harness();
  for (const [path, text] of Object.entries(contents)) await harness.put(path, text);
  const options = { kind: "file" as const, files, refreshIntervalMs: 300_000 };
  await harness.start(new FileDiscoverer(options, harness.dependencies));
  return harness;
}

const JSON_LIST = '[{"targets": ["a:1", "b:1"], "labels": {"env": "x"}}, {"targets": ["c:1"]}]';
const YAML_LIST = "- targets: [a:1, 'b:1']\n  labels: {env: x, port: 0123, on: yes, no: ~}\n";

describe("file discovery", () => {
  it("reads JSON and YAML, and says of each target from which file it is", async () => {
    const harness = await started(["/sd/a.json", "/sd/b.yml"], {
      "/sd/a.json": JSON_LIST,
      "/sd/b.yml": YAML_LIST,
    });
    assert.deepEqual([...harness.groups.values()], [
      {
        source: "/sd/a.json:0",
        targets: [{ __address__: "a:1" }, { __address__: "b:1" }],
        labels: { env: "x", __meta_filepath: "/sd/a.json" },
      },
      {
        source: "/sd/a.json:1",
        targets: [{ __address__: "c:1" }],
        labels: { __meta_filepath: "/sd/a.json" },
      },
      {
        source: "/sd/b.yml:0",
        targets: [{ __address__: "a:1" }, { __address__: "b:1" }],
        // As Go reads them into texts: as they are written.
        labels: { env: "x", port: "0123", on: "yes", no: "", __meta_filepath: "/sd/b.yml" },
      },
    ]);
    await harness.stop();
  });

  it("says what is wrong with a file in words that are the same on each runtime, and quote nothing", async () => {
    const harness = await started(["/sd/*"], {
      "/sd/a.json": '[\n  {"targets": [hunter2]}\n]',
      "/sd/b.json": "[".repeat(3),
    });
    await harness.dependencies.platform.files.writeAndSync("/sd/c.json", [Uint8Array.of(0xff)]);
    await harness.pass(2_000);
    const told = harness.logger.lines.join("\n");
    assert.match(told, /it is no JSON: got something else at line 2, column 16, wanted a value/);
    assert.match(told, /it is no JSON: it ends at column 4, wanted a value/);
    assert.match(told, /it is not UTF-8/);
    assert.doesNotMatch(told, /hunter2/);
    await harness.stop();
  });

  it("tells a change soon, and nothing while nothing changes", async () => {
    const harness = await started(["/sd/a.json"], { "/sd/a.json": JSON_LIST });
    await harness.pass(60_000);
    assert.equal(harness.told.length, 1);
    await harness.put("/sd/a.json", '[{"targets": ["d:1"]}]');
    await harness.pass(2_000);
    assert.deepEqual(harness.addresses, ["d:1"]);
    await harness.stop();
  });

  it("finds what matches a pattern, in the order of names, also what comes later", async () => {
    const harness = await started(["/sd/*.json", "/sd/a.json", "/sd/*.yml"], {
      "/sd/b.json": '[{"targets": ["b"]}]',
      "/sd/a.json": '[{"targets": ["a"]}]',
      "/sd/c.txt": "none",
    });
    assert.deepEqual(harness.addresses, ["a", "b"]);
    await harness.put("/sd/z.yml", "- targets: [z]");
    await harness.pass(2_000);
    assert.deepEqual(harness.addresses, ["a", "b", "z"]);
    await harness.put("/sd/a.json", undefined);
    await harness.pass(2_000);
    assert.deepEqual(harness.addresses, ["b", "z"]);
    await harness.stop();
  });

  it("takes the targets of a file away that is removed, and tells that there are none", async () => {
    const harness = await started(["/sd/a.json"]);
    assert.deepEqual(harness.told, [[]]);
    await harness.put("/sd/a.json", JSON_LIST);
    await harness.pass(2_000);
    assert.equal(harness.addresses.length, 3);
    await harness.put("/sd/a.json", undefined);
    await harness.pass(2_000);
    assert.deepEqual(harness.addresses, []);
    assert.equal(harness.stats.snapshot().counters.file_read_errors, 0);
    await harness.stop();
  });

  it("keeps what a file said that breaks, counts it, and takes it when it is whole", async () => {
    const harness = await started(["/sd/*.json"], {
      "/sd/a.json": JSON_LIST,
      "/sd/b.json": '[{"targets": ["o"]}]',
    });
    await harness.put("/sd/a.json", JSON_LIST.slice(0, 30));
    await harness.pass(20_000);
    assert.deepEqual(harness.addresses, ["a:1", "b:1", "c:1", "o"]);
    assert.equal(harness.stats.snapshot().counters.file_read_errors, 1);
    assert.equal(harness.logger.lines.filter((line) => line.startsWith("warn")).length, 1);
    await harness.pass(300_000);
    assert.equal(harness.stats.snapshot().counters.file_read_errors, 2);
    await harness.put("/sd/a.json", '[{"targets": ["new"]}]');
    await harness.pass(2_000);
    assert.deepEqual(harness.addresses, ["new", "o"]);
    await harness.stop();
  });

  it("keeps what a file said that cannot be read for a while", async () => {
    const harness = await started(["/sd/a.json"], { "/sd/a.json": JSON_LIST });
    harness.platform.files.fault = (step) => step === "read" ? "not_permitted" : undefined;
    await harness.pass(10_000);
    assert.equal(harness.addresses.length, 3);
    assert.equal(harness.stats.snapshot().counters.file_read_errors, 1);
    await harness.stop();
  });

  it("keeps what a file said whose name is a link that leads nowhere for a while", async () => {
    for (const files of ["/sd/*.json", "/sd/a.json"]) {
      const harness = await started([files], { "/sd/a.json": JSON_LIST });
      harness.platform.files.fault = (step) => step === "read" ? "not_found" : undefined;
      await harness.pass(10_000);
      assert.equal(harness.addresses.length, 3, files);
      assert.equal(harness.stats.snapshot().counters.file_read_errors, 1);
      await harness.put("/sd/a.json", undefined);
      await harness.pass(10_000);
      assert.deepEqual(harness.addresses, [], files);
      await harness.stop();
    }
  });

  it("keeps what was in a directory that cannot be listed for a while", async () => {
    const harness = await started(["/sd/*.json"], { "/sd/a.json": JSON_LIST });
    harness.platform.files.fault = (step) => step === "list" ? "too_many_open" : undefined;
    await harness.pass(10_000);
    assert.equal(harness.addresses.length, 3);
    await harness.stop();
  });

  const WRONG: Readonly<Record<string, readonly [path: string, text: string, error: RegExp]>> = {
    "an object": ["/sd/a.json", "{}", /got an object, expected a list of groups/],
    "an unknown key": ["/sd/a.json", '[{"target": []}]', /group 1: unknown key "target"/],
    "a number for a target": ["/sd/a.json", '[{"targets": [1]}]', /a target is a number/],
    "a number for a label": ["/sd/a.json", '[{"labels": {"a": 1}}]', /"a" is a number/],
    "nothing for a group": ["/sd/a.json", "[null]", /group 1: got nothing/],
    "a key twice": ["/sd/a.yml", "- targets: []\n  targets: []", /unique/],
    "a key that is merged over another": [
      "/sd/a.yml",
      "- targets: [a]\n  labels: {a: b, <<: {a: c}}",
      /the key "a" comes twice/,
    ],
    "a text that is merged": ["/sd/a.yml", "- <<: a", /got a string to be merged/],
    "a byte order mark in JSON": ["/sd/a.json", "\ufeff[]", /./],
    "bytes that are no text": ["/sd/a.yml", "- targets: [\udcff", /./],
    "a file that is empty, in JSON": ["/sd/a.json", "", /./],
  };
  for (const [what, [path, text, error]] of Object.entries(WRONG)) {
    it(`refuses ${what}`, async () => {
      const harness = await started([path], { [path]: text });
      assert.deepEqual(harness.targets, []);
      assert.equal(harness.stats.snapshot().counters.file_read_errors, 1);
      const [line = ""] = harness.logger.lines.filter((one) => one.startsWith("warn"));
      assert.match(line.replaceAll("\\", ""), error);
      await harness.stop();
    });
  }

  it("reads what Go reads: fields in any case, half a character, maps that are merged", async () => {
    const harness = await started(["/sd/*"], {
      "/sd/a.json": '[{"Targets": ["a:1"], "LABELS": {"Targets": "kept", "b": "\\ud800."}}]',
      "/sd/b.yml": "- targets: [b]\n  labels: &l {a: b}\n" +
        "- targets: [c]\n  labels: {<<: [*l, {d: e}], f: g}\n",
    });
    const own = harness.targets.map(({ __meta_filepath: _, ...labels }) => labels);
    assert.deepEqual(own, [
      { __address__: "a:1", Targets: "kept", b: "\ufffd." },
      { __address__: "b", a: "b" },
      { __address__: "c", a: "b", d: "e", f: "g" },
    ]);
    await harness.stop();
  });

  it("takes an empty file for an empty list, in YAML", async () => {
    const harness = await started(["/sd/a.yml"], { "/sd/a.yml": "" });
    assert.deepEqual(harness.told, [[]]);
    assert.equal(harness.stats.snapshot().counters.file_read_errors, 0);
    await harness.stop();
  });
});
