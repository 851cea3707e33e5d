/** The kernel against bytes that Go wrote; see golden/README.md. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  ALLOY_RULES,
  alloyFile,
  assertBytes,
  drain,
  fileOf,
  kernel,
  NO_LIMITS,
  ONE_SHARD,
  openRequest,
} from "./support.ts";
import { encodeRows } from "./twin/alloy_v1.ts";
import { hashOf, normalise } from "./twin/labels.ts";
import { concat, label, type Row } from "./twin/model.ts";
import { seriesField, writeRows } from "./twin/request_write.ts";

interface GoldenRow {
  readonly labels: readonly [string, string][];
  readonly timestampMs: string;
  readonly valueBits: string;
}

const DIRECTORY = "test/kernel/golden";

function goldenRows(): Row[] {
  const text = readFileSync(`${DIRECTORY}/alloy_v1_golden.json`, "utf8");
  return (JSON.parse(text) as GoldenRow[]).map(({ labels, timestampMs, valueBits }) => {
    const sorted = normalise(labels.map(([name, value]) => label(name, value)));
    const sample = { bits: BigInt(valueBits), timestampMs: BigInt(timestampMs) };
    return { labels: sorted, sample, hash: hashOf(sorted) };
  });
}

function golden(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${DIRECTORY}/${name}`));
}

test("the kernel and its twin write what Go writes, byte for byte", () => {
  const rows = goldenRows();
  const file = golden("alloy_v1_golden.bin");
  assertBytes(encodeRows(rows), file, "the twin");
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  writer.addRequest(concat(rows.map((row) => seriesField(row.labels, [row.sample]))), NO_LIMITS);
  assertBytes(fileOf(writer.encode()), file, "the kernel");
});

test("the kernel reads what Go wrote", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const rows = goldenRows();
  const loaded = reader.load(alloyFile(golden("alloy_v1_golden.bin")));
  assert.equal(loaded.signals, rows.length);
  assert.equal(drain(reader).unsupported, 0);
  assertBytes(openRequest(reader.take(0)), writeRows(rows), "the request");
});

test("histograms and metadata that Go wrote are checked and counted as unsupported", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const rows = goldenRows();
  const loaded = reader.load(alloyFile(golden("alloy_v1_other_kinds.bin")));
  assert.equal(loaded.signals, 6);
  const nothing = { requests: [], expired: 0, droppedSeries: 0, tooLarge: 0 };
  assert.deepEqual(drain(reader), { ...nothing, unsupported: 4 });
  assertBytes(openRequest(reader.take(0)), writeRows([rows[0]!, rows[2]!]), "the request");
});
