import assert from "node:assert/strict";
import { test } from "node:test";
import { type FileLine, inspectFile, inspectQueue } from "../../src/tools/inspect.ts";
import { parseSelector } from "../../src/tools/selector.ts";
import { signalText } from "../../src/tools/signal.ts";
import { alloyV2Record, metadataRecord, metricRecord } from "../support/alloy_v2.ts";
import { concat } from "./concat.ts";
import { ALL_KINDS, fileOf, flipped, numbered, samples, START_MS, toolsOn } from "./support.ts";

const time = (ms: number): string => `+${ms - START_MS}`;

test("a file: its head, its counts, its times, and each kind of signal in a line", async () => {
  const tools = toolsOn();
  const bytes = fileOf(ALL_KINDS);
  tools.platform.files.plant("/data/a/wal/1.committed", bytes);
  const file = await inspectFile("/data/a/wal/1.committed", { limit: 100 }, tools);
  assert.equal(file.meta["version"], "walq.metrics.v1");
  assert.equal(file.checksum, "right");
  assert.deepEqual(file.kinds, { samples: 6, histograms: 1, exemplars: 1, metadata: 1 });
  assert.deepEqual([file.series, file.staleMarkers, file.starts, file.unsupported], [4, 1, 1, 0]);
  assert.deepEqual(file.times, { oldestMs: START_MS, newestMs: START_MS + 3_000 });
  assert.equal(file.bytes, bytes.length);
  assert.equal(file.bytesPerSample, bytes.length / 6);
  assert.deepEqual(file.shown.map((signal) => signalText(signal, time)), [
    'sample    up{job="node"} 1 +0',
    'sample    up{job="node"} 0 +1000',
    'sample    up{job="node"} NaN +2000',
    'sample    up{job="node"} +Inf +3000',
    'sample    up{job="gone"} stale +0',
    'sample    requests_total{quote="a\\"b\\\\c\\nd"} 7 +0 start=+-60000',
    'exemplar  requests_total{quote="a\\"b\\\\c\\nd"} {trace_id="abc"} 0.25 +5',
    'histogram latency_seconds{"la.bel"="x"} count=5 sum=18.5 schema=1 integer +0',
    'metadata  requests_total counter help="Requests."',
  ]);
  const histogram = file.shown.find(({ kind }) => kind === "histogram");
  assert.deepEqual(histogram, {
    kind: "histogram",
    labels: { __name__: "latency_seconds", "la.bel": "x" },
    timestampMs: START_MS,
    histogram: {
      type: "integer",
      count: 5,
      sum: 18.5,
      schema: 1,
      zeroThreshold: 0.001,
      zeroCount: 1,
      resetHint: "unknown",
      negative: { spans: [], deltas: [] },
      positive: { spans: [{ offset: 0, length: 2 }, { offset: 1, length: 1 }], deltas: [1, 1, -1] },
    },
  });
});

test("as many signals as were asked for, of the series that were asked for", async () => {
  const tools = toolsOn();
  tools.platform.files.plant("/1.committed", fileOf(ALL_KINDS));
  const kindsOf = async (limit: number, selector?: string): Promise<string[]> => {
    const show = { limit, ...(selector && { selector: parseSelector(selector) }) };
    const { shown } = await inspectFile("/1.committed", show, tools);
    return shown.map(({ kind }) => kind);
  };
  assert.deepEqual(await kindsOf(2), ["sample", "sample"]);
  assert.deepEqual(await kindsOf(0), []);
  assert.deepEqual(await kindsOf(9, "requests_total"), ["sample", "exemplar", "metadata"]);
  assert.deepEqual(await kindsOf(9, '{"la.bel"="x"}'), ["histogram"]);
  assert.deepEqual(await kindsOf(9, 'up{job!~"n.*"}'), ["sample"]);
});

test("a selector that is none is refused with the place", () => {
  const wrong: [string, RegExp][] = [
    ["", /expected a selector at character 1/],
    ["up{", /expected a matcher such as job="node" at character 4/],
    ["up{job}", /at character 4/],
    ['up{job="a"', /expected "," or "}" at character 11/],
    ['up{job=~"("}', /expected a regular expression at character 4/],
    ['{job="a"} x', /at character 11/],
  ];
  for (const [text, message] of wrong) assert.throws(() => parseSelector(text), message);
  assert.ok(parseSelector("up{}")([["__name__", "up"]]));
  assert.ok(parseSelector("{a='b\\n',}")([["a", "b\n"]]));
  assert.ok(!parseSelector('up{job=""}')([["__name__", "up"], ["job", "x"]]));
});

test("files of Alloy, of both formats", async () => {
  const tools = toolsOn();
  const series = samples([["__name__", "up"]], [1]);
  const entry = { family: "up", type: 2, help: "", unit: "" };
  tools.platform.files.plant(
    "/1.committed",
    fileOf({ series: [series], metadata: [] }, "alloy.metrics.queue.v1"),
  );
  tools.platform.files.plant(
    "/2.committed",
    alloyV2Record("none", concat([metricRecord(series), metadataRecord(entry)]), 2),
  );
  const one = await inspectFile("/1.committed", { limit: 1 }, tools);
  const two = await inspectFile("/2.committed", { limit: 1 }, tools);
  assert.deepEqual([one.meta["version"], one.checksum], ["alloy.metrics.queue.v1", "right"]);
  assert.deepEqual([two.meta["version"], two.checksum], ["alloy.metrics.queue.v2", "none"]);
  assert.deepEqual([one.signals, two.signals], [1, 2]);
});

test("a damaged file, one of nobody, and one that is not there are told apart", async () => {
  const tools = toolsOn();
  const { files } = tools.platform;
  files.plant("/1.committed", flipped(fileOf(ALL_KINDS), -1));
  files.plant("/2.committed", new TextEncoder().encode("hello"));
  const look = (path: string) => inspectFile(path, { limit: 1 }, tools);
  await assert.rejects(look("/1.committed"), { code: "CORRUPT", message: /checksum|xxh64/ });
  await assert.rejects(look("/2.committed"), { code: "CORRUPT" });
  await assert.rejects(look("/3.committed"), { code: "not_found" });
});

test("a data path, an endpoint's directory, and its wal", async () => {
  const tools = toolsOn();
  const { files } = tools.platform;
  const one = fileOf(numbered(1));
  files.plant("/data/a/wal/1.committed", one);
  files.plant("/data/a/wal/2.committed", fileOf(numbered(2)));
  files.plant("/data/a/wal/3.committed.tmp", one);
  files.plant("/data/a/wal/4.importing", one);
  files.plant("/data/a/wal/notes.txt", one);
  files.plant("/data/a/quarantine/7.committed", new Uint8Array(3));
  files.plant("/data/a/quarantine/7.committed.reason", new TextEncoder().encode("torn\n"));
  files.plant("/data/b/wal/5.committed", one);
  files.plant("/data/other/file", one);
  const lines: string[] = [];
  const onFile = (line: { name: string; remark: string | undefined }): Promise<void> => {
    lines.push(`${line.name} ${line.remark ?? ""}`.trim());
    return Promise.resolve();
  };
  const all = await inspectQueue("/data/", { onFile }, tools);
  assert.deepEqual(all.map(({ name }) => name), ["a", "b"]);
  const [a] = all;
  assert.deepEqual([a!.pending.files, a!.pending.signals, a!.pending.unreadable], [2, 2, 0]);
  assert.deepEqual(a!.pending.times, {
    oldestMs: START_MS + 60_000,
    newestMs: START_MS + 120_000,
  });
  assert.deepEqual([a!.quarantine.files, a!.quarantine.unreadable], [1, 1]);
  assert.deepEqual(a!.others, { temporary: 1, importing: 1, foreign: 1 });
  assert.deepEqual(lines, ["1.committed", "2.committed", "7.committed torn", "5.committed"]);
  for (const path of ["/data/a", "/data/a/wal"]) {
    const [found] = await inspectQueue(path, {}, tools);
    assert.equal(found!.pending.files, 2, path);
  }
  const [b] = await inspectQueue("/data", { endpoint: "b" }, tools);
  assert.equal(b!.name, "b");
  await assert.rejects(inspectQueue("/data/other", {}, tools), { code: "INVALID_OPTIONS" });
});

test("what was delivered and is kept is there under the name that tells when", async () => {
  const tools = toolsOn();
  const names = ["2.1764489600000.99.delivered", "10.1764489500000.99.delivered"];
  tools.platform.files.plant("/data/a/wal/11.committed", fileOf(numbered(11)));
  for (const name of [...names, "3.committed"]) {
    tools.platform.files.plant(`/data/a/delivered/${name}`, fileOf(numbered(1)));
  }
  for (const path of ["/data", "/data/a", "/data/a/delivered"]) {
    const shown: string[] = [];
    const onFile = ({ directory, name }: FileLine): Promise<void> => {
      if (directory === "delivered") shown.push(name);
      return Promise.resolve();
    };
    const [a] = await inspectQueue(path, { onFile }, tools);
    assert.deepEqual([a!.name, a!.delivered.files, a!.delivered.signals], ["a", 2, 2], path);
    assert.deepEqual(shown, names);
  }
});

test("an endpoint may have the name of a directory", async () => {
  const tools = toolsOn();
  tools.platform.files.plant("/data/wal/wal/1.committed", fileOf(numbered(1)));
  const [found] = await inspectQueue("/data", {}, tools);
  assert.deepEqual([found!.name, found!.pending.files], ["wal", 1]);
});
