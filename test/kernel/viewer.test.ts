/** What is looked at in a file is what is in it: held against readers that know no kernel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BatchView, EncodedBatch, LoadableBatch } from "../../src/contracts.ts";
import { content } from "../roundtrip/arbitraries.ts";
import { alloyV2File, metadataRecord, metricRecord } from "../support/alloy_v2.ts";
import { encodeRequest } from "../support/remote_write.ts";
import type { SeriesForm } from "../support/signals.ts";
import { damage } from "./arbitraries.ts";
import { ALLOY_RULES, BYTES_MAX, fileOf, holds, kernel, NO_LIMITS } from "./support.ts";
import { readWalqV1 } from "./twin/walq_v1.ts";

const APPENDED = { ...NO_LIMITS, message: "appended" } as const;
const writer = kernel.createWriter();
const viewer = kernel.createViewer({ uncompressedBytesMax: BYTES_MAX });

function bitsAt(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

function rowsOf(view: BatchView) {
  return Array.from({ length: view.rows }, (_, row) => {
    const kind = view.kindOf(row);
    return {
      kind,
      labels: view.labelsOf(row),
      timestampMs: view.timestampMsOf(row),
      startMs: view.startMsOf(row),
      bits: kind === "histogram" ? 0n : bitsAt(view.valueBytesOf(row)),
      histogram: kind === "histogram" ? view.histogramOf(row).slice() : new Uint8Array(0),
      exemplarLabels: kind === "exemplar" ? view.exemplarLabelsOf(row) : [],
    };
  });
}

test("all that is in a file of walq's is shown, in its order", () => {
  holds(
    fc.property(content, ({ series, metadata }) => {
      const { accepted } = writer.addRequest(
        encodeRequest({ series, metadata }, "appended"),
        APPENDED,
      );
      if (accepted === 0) return;
      const batch = writer.encode();
      const { loaded, view } = viewer.view(batch);
      const wanted = readWalqV1(fileOf(batch));
      assert.equal(loaded.signals, view.rows + view.metadata.length);
      assert.deepEqual(
        rowsOf(view),
        wanted.rows.map((row) => ({
          ...row,
          timestampMs: Number(row.timestampMs),
          startMs: Number(row.startMs),
          kind: row.kind.replace("custom_", ""),
          bits: row.histogram.length > 0 ? 0n : row.bits,
        })),
      );
      const texts = view.metadata.map((entry) => ({
        ...entry,
        help: entry.help ?? "",
        unit: entry.unit ?? "",
      }));
      assert.deepEqual(texts, wanted.metadata);
      assert.deepEqual(view.switches, wanted.switches);
    }),
    3,
  );
});

test("rows of one label set have one number", () => {
  const series: SeriesForm[] = ["a", "b", "a"].map((name) => ({
    labels: [["__name__", name]],
    signals: [{ kind: "sample", timestampMs: 5n, startMs: 0n, bits: 0x7ff0_0000_0000_0002n }],
  }));
  writer.addRequest(encodeRequest({ series, metadata: [] }, "appended"), APPENDED);
  const { view } = viewer.view(writer.encode());
  assert.equal(view.setOf(0), view.setOf(2));
  assert.notEqual(view.setOf(0), view.setOf(1));
  assert.ok(view.isStale(0));
  assert.ok(Number.isNaN(view.valueOf(0)));
});

test("files of Alloy, of both formats", () => {
  const alloy = kernel.createWriter({ rules: ALLOY_RULES });
  const series: SeriesForm = {
    labels: [["__name__", "up"], ["job", "node"]],
    signals: [{ kind: "sample", timestampMs: -7n, startMs: 0n, bits: 0x3ff0n << 48n }],
  };
  alloy.addRequest(encodeRequest({ series: [series], metadata: [] }, "appended"), APPENDED);
  const entry = { family: "up", type: 2, help: "Whether it is.", unit: "" };
  const files: [LoadableBatch, number][] = [
    [alloy.encode(), 0],
    [alloyV2File([metricRecord(series), metadataRecord(entry)]), 1],
  ];
  for (const [file, entries] of files) {
    const { view } = viewer.view(file);
    assert.deepEqual([view.rows, view.metadata.length], [1, entries]);
    assert.deepEqual(view.labelsOf(0).toSorted(), series.labels);
    assert.deepEqual([view.kindOf(0), view.timestampMsOf(0), view.valueOf(0)], ["sample", -7, 1]);
  }
});

test("a damaged file is refused or shown, and the next one is shown", () => {
  const good = (): EncodedBatch => {
    const series: SeriesForm[] = [{
      labels: [["__name__", "up"]],
      signals: [{ kind: "sample", timestampMs: 5n, startMs: 0n, bits: 1n }],
    }];
    writer.addRequest(encodeRequest({ series, metadata: [] }, "appended"), APPENDED);
    return writer.encode();
  };
  const batch = good();
  holds(
    fc.property(damage, (harm) => {
      const data = harm(fileOf(batch));
      try {
        const { view } = viewer.view({ ...batch, compression: "none", data, checksum: undefined });
        rowsOf(view);
      } catch (error) {
        assert.match(String(error), /Cannot read batch/);
      }
      assert.equal(viewer.view(batch).view.rows, 1);
    }),
    10,
  );
});
