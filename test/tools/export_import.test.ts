/** Batches go from one data path to another, each once, whatever is killed in between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../src/queue.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { type ExportOptions, exportQueue } from "../../src/tools/export.ts";
import { importExport, type ImportOptions } from "../../src/tools/import.ts";
import { importText } from "../../src/tools/import_text.ts";
import { inspectQueue } from "../../src/tools/inspect.ts";
import { verifyQueue } from "../../src/tools/verify.ts";
import { type End, killedAt } from "./kill.ts";
import { ALL_KINDS, fileOf, flipped, numbered, START_MS, toolsOn } from "./support.ts";

const BATCHES = new Map([
  ["a/3", fileOf(numbered(3))],
  ["a/5", fileOf(ALL_KINDS)],
  ["a/6", fileOf(numbered(6), "alloy.metrics.queue.v1")],
  ["b/3", fileOf(numbered(3))],
]);
const TEXT = '{"metric":{"__name__":"up"},"values":[1],"timestamps":[1700000000000]}\n';
const ALL = [...BATCHES.values()].map(String).sort();

function source(): MemoryPlatform {
  const platform = new MemoryPlatform();
  for (const [name, bytes] of BATCHES) {
    const [endpoint, id] = name.split("/");
    platform.files.plant(`/from/${endpoint}/wal/${id}.committed`, bytes);
  }
  return platform;
}

function exporting(platform: MemoryPlatform, options: Partial<ExportOptions> = {}) {
  return exportQueue(
    { dataPath: "/from", to: "/out.tar", as: "archive", moves: false, version: "0", ...options },
    toolsOn(platform),
  );
}

function importing(platform: MemoryPlatform, options: Partial<ImportOptions> = {}) {
  return importExport({ from: "/out.tar", dataPath: "/to", ...options }, toolsOn(platform));
}

/** The files of batches in a data path. */
function batchesIn(platform: MemoryPlatform, dataPath: string): string[] {
  return platform.files.filesBelow(dataPath)
    .filter(([path]) => path.endsWith(".committed") && path.includes("/wal/"))
    .map(([, bytes]) => String(bytes)).sort();
}

for (const as of ["archive", "directory"] as const) {
  test(`an export as ${as} is imported byte by byte, and a second time nothing`, async () => {
    const platform = source();
    const exported = await exporting(platform, { as, to: "/out" });
    assert.deepEqual([exported.files, exported.signals, exported.gone], [4, 12, 0]);
    const bytes = [...BATCHES.values()].reduce((sum, { length }) => sum + length, 0);
    assert.equal(exported.bytes, bytes);
    assert.deepEqual(batchesIn(platform, "/from"), ALL);
    const first = await importing(platform, { from: "/out" });
    assert.deepEqual(first, {
      files: 4,
      bytes,
      signals: 12,
      before: 0,
      damaged: 0,
      endpoints: ["a", "b"],
    });
    assert.deepEqual(batchesIn(platform, "/to"), ALL);
    const again = await importing(platform, { from: "/out" });
    assert.deepEqual([again.files, again.before], [0, 4]);
    assert.deepEqual(batchesIn(platform, "/to"), ALL);
    await verifyQueue("/to", () => assert.fail(), toolsOn(platform));
  });
}

test("an archive is one of tar's, and its names are those of a data path", async () => {
  const platform = source();
  await exporting(platform);
  const archive = platform.files.peek("/out.tar")!;
  assert.equal(archive.length % 512, 0);
  const text = new TextDecoder("latin1").decode(archive);
  assert.equal(text.slice(257, 263), "ustar\0");
  const names = ["a/wal/3.committed", "a/wal/5.committed", "b/wal/3.committed", "walq-export.json"];
  for (const name of names) assert.ok(text.includes(`${name}\0`), name);
});

test("a directory is made of hard links where that can be, and can be looked at as a queue", async () => {
  const platform = source();
  const before = platform.files.usedBytes;
  await exporting(platform, { as: "directory", to: "/out" });
  assert.ok(platform.files.usedBytes - before < 1024, "the batches were copied");
  const [a] = await inspectQueue("/out", {}, toolsOn(platform));
  assert.deepEqual([a!.name, a!.pending.files], ["a", 3]);
  await assert.rejects(exporting(platform, { as: "directory", to: "/out" }), /is there already/);
  await assert.rejects(exporting(platform, { as: "directory", to: "/from/x", dataPath: "/none" }));
});

test("what is imported is delivered, each signal of it", async () => {
  const platform = source();
  await exporting(platform, { endpoint: "a" });
  await importing(platform, { endpoints: ["x"] });
  const endpoints = [{ name: "x", url: "http://x/" }];
  const queue = await Queue.open({ dataPath: "/to", ttl: "10y", endpoints }, { platform });
  for (let second = 0; second < 60; second++) await platform.time.advance(1_000);
  const [x] = queue.stats().endpoints;
  assert.deepEqual([x!.acceptedTotal, x!.deliveredTotal, x!.pendingSignals], [11, 11, 0]);
  await queue.close();
  // What was delivered since is known as imported, too.
  const again = await importing(platform, { endpoints: ["x"] });
  assert.deepEqual([again.files, again.before], [0, 3]);
});

test("who gets the batches has to be clear", async () => {
  const platform = source();
  await exporting(platform);
  await assert.rejects(
    importing(platform, { endpoints: ["x"] }),
    /has the endpoints "a", "b".*--of/,
  );
  await assert.rejects(importing(platform, { of: "c" }), /has the endpoints "a", "b"; got "c"/);
  await assert.rejects(importing(platform, { known: ["a"] }), /has no endpoint "b", but "a"/);
  const both = await importing(platform, { of: "a", endpoints: ["x", "y"] });
  assert.deepEqual([both.files, both.endpoints], [6, ["x", "y"]]);
});

const NO_NAMES = ["walq.lock", "WALQ.ballast", "walq.0abc.owner", ".", "..", "../b", "a/b", ""];

test("an endpoint has a name that a configuration could have, in whatever form it is imported", async () => {
  const platform = source();
  await exporting(platform, { endpoint: "a" });
  platform.files.plant("/text.jsonl", new TextEncoder().encode(TEXT));
  for (const name of NO_NAMES) {
    const refused = { code: "INVALID_OPTIONS", message: /^Cannot import for an endpoint: got "/ };
    await assert.rejects(importing(platform, { endpoints: ["b", name] }), refused, name);
    const text = { from: "/text.jsonl", form: "jsonl", dataPath: "/to" } as const;
    const endpoints = ["b", name];
    await assert.rejects(importText({ ...text, endpoints }, toolsOn(platform)), refused, name);
  }
  const left = platform.files.paths().filter((path) => !path.startsWith("/from/"));
  assert.deepEqual(left.sort(), ["/out.tar", "/text.jsonl"]);
  // Of such a name in an archive, too: it need not be walq that wrote it.
  const foreign = new MemoryPlatform();
  const bytes = BATCHES.get("a/3")!;
  foreign.files.plant("/from/walq.lock.7/wal/3.committed", bytes);
  foreign.files.plant("/from/walq.own/wal/3.committed", bytes);
  assert.equal((await exporting(foreign)).files, 1);
  assert.deepEqual((await importing(foreign)).endpoints, ["walq.own"]);
});

test("by time: the batches that have a signal then", async () => {
  const platform = source();
  const of = async (fromMs: number | undefined, toMs: number | undefined): Promise<number[]> => {
    const exported = await exporting(platform, { to: `/out${fromMs}-${toMs}`, fromMs, toMs });
    return [exported.files, exported.leftOut];
  };
  assert.deepEqual(await of(undefined, START_MS + 60_000), [1, 3]);
  assert.deepEqual(await of(START_MS + 3_000, undefined), [4, 0]);
  assert.deepEqual(await of(START_MS + 3_001, START_MS + 300_000), [2, 2]);
  assert.deepEqual(await of(START_MS + 6 * 60_000, undefined), [1, 3]);
});

test("beside an open queue it copies, and neither moves nor imports: it says who has it", async () => {
  const platform = source();
  const options = { dataPath: "/from", endpoints: [{ name: "z", url: "http://z/" }] };
  const queue = await Queue.open(options, { platform });
  const owned = {
    code: "LOCKED",
    message: /process 1 \(memory\) owns it; stop that process first/,
  };
  await assert.rejects(exporting(platform, { moves: true }), owned);
  assert.deepEqual(batchesIn(platform, "/from"), ALL);
  assert.equal((await exporting(platform)).files, 4);
  await assert.rejects(importing(platform, { dataPath: "/from" }), owned);
  await queue.close();
  assert.equal((await importing(platform, { dataPath: "/from" })).files, 4);
});

test("a damaged batch is exported and imported as it is, and counted", async () => {
  const platform = source();
  const harmed = flipped(fileOf(numbered(9)), -1);
  platform.files.plant("/from/a/wal/9.committed", harmed);
  assert.equal((await exporting(platform)).damaged, 1);
  assert.equal((await importing(platform)).damaged, 1);
  assert.ok(batchesIn(platform, "/to").includes(String(harmed)));
});

test("an export that is not whole is refused before anything is imported", async () => {
  const platform = source();
  await exporting(platform);
  const whole = platform.files.peek("/out.tar")!;
  for (let length = 0; length < whole.length - 1024; length += 512) {
    platform.files.plant("/cut.tar", whole.subarray(0, length));
    await assert.rejects(importing(platform, { from: "/cut.tar" }), { code: "CORRUPT" });
  }
  assert.deepEqual(batchesIn(platform, "/to"), []);
  await exporting(platform, { as: "directory", to: "/out" });
  platform.files.removeFile("/out/a/wal/3.committed");
  await assert.rejects(importing(platform, { from: "/out" }), /got 3 files .* wanted the 4/);
  platform.files.removeFile("/out/walq-export.json");
  await assert.rejects(importing(platform, { from: "/out" }), /got no walq-export.json/);
});

test("an archive with any bit flipped is refused, or told to be another one", async () => {
  const platform = source();
  await exporting(platform, { endpoint: "b" });
  const whole = platform.files.peek("/out.tar")!;
  const silent: number[] = [];
  for (let at = 0; at < whole.length; at += 7) {
    const next = new MemoryPlatform();
    next.files.plant("/out.tar", flipped(whole, at));
    const outcome = await importing(next).then(({ files }) => files, () => "refused");
    const imported = batchesIn(next, "/to");
    if (outcome === 1) {
      silent.push(at);
      assert.deepEqual(imported, [String(BATCHES.get("b/3"))], `byte ${at}`);
    }
  }
  // Filling bytes, and what the manifest says of itself, are nobody's.
  assert.ok(silent.length < whole.length / 7);
});

test("names of an archive lead nowhere else", async () => {
  const platform = new MemoryPlatform();
  const { TarWriter } = await import("../../src/tools/tar.ts");
  for (
    const name of ["../../etc/wal/1.committed", "/a/wal/1.committed", "a/../b/wal/1.committed"]
  ) {
    const writer = new TarWriter(platform.files, `/evil${name.length}.tar`, 0);
    await writer.add(name, fileOf(numbered(1)));
    await writer.end();
    await assert.rejects(importing(platform, { from: `/evil${name.length}.tar` }), {
      code: "CORRUPT",
    });
  }
  assert.deepEqual(batchesIn(platform, "/to"), []);
});

for (const end of ["all", "worst", "random"] as const satisfies readonly End[]) {
  test(`an import that is killed at any step (${end}) and run again has each batch once`, async () => {
    for (let last = 1;; last++) {
      const first = source();
      await exporting(first);
      const next = await killedAt(last, end, first, importing);
      if (next === undefined) {
        assert.ok(last > 40, `${last} steps`);
        return;
      }
      const again = await importing(next);
      assert.deepEqual(batchesIn(next, "/to"), ALL, `step ${last}`);
      assert.deepEqual(next.files.paths().filter((path) => path.endsWith(".importing")), []);
      assert.equal(again.files + again.before, 4);
    }
  });

  test(`an import that is killed (${end}), and a queue that delivers before it is run again`, async () => {
    for (let last = 1;; last += 3) {
      const first = source();
      await exporting(first, { endpoint: "a" });
      const next = await killedAt(last, end, first, (platform) => importing(platform));
      if (next === undefined) return;
      const deliver = async (): Promise<number> => {
        const options = {
          dataPath: "/to",
          ttl: "10y",
          endpoints: [{ name: "a", url: "http://a/" }],
        };
        const queue = await Queue.open(options, { platform: next });
        for (let second = 0; second < 40; second++) await next.time.advance(1_000);
        const { deliveredTotal } = queue.stats().endpoints[0]!;
        await queue.close();
        return deliveredTotal;
      };
      const before = await deliver();
      await importing(next);
      assert.equal(before + await deliver(), 11, `step ${last}`);
    }
  });

  test(`a move that is killed at any step (${end}) loses nothing`, async () => {
    for (const as of ["archive", "directory"] as const) {
      for (let last = 1;; last++) {
        const moving = (platform: MemoryPlatform) =>
          exporting(platform, { as, to: "/out", moves: true });
        const next = await killedAt(last, end, source(), moving);
        if (next === undefined) {
          assert.ok(last > 20, `${last} steps`);
          break;
        }
        // Whatever is whole is taken: what was exported, and what is left behind.
        await importing(next, { from: "/out" }).catch(() => {});
        await exporting(next, { to: "/rest.tar", moves: true });
        await importing(next, { from: "/rest.tar" });
        assert.deepEqual(batchesIn(next, "/to"), ALL, `${as}, step ${last}`);
        assert.deepEqual(batchesIn(next, "/from"), []);
      }
    }
  });
}
