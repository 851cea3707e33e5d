import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { LoadableBatch } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { decodeRecord, encodeRecord } from "../../src/store/record.ts";
import { metaOf, readMeta } from "../../src/formats/meta.ts";
import { content } from "../roundtrip/arbitraries.ts";
import { encodeRequest } from "../support/remote_write.ts";
import type { RequestForm, Signal } from "../support/signals.ts";
import { assertCode, drain, fileOf, holds, kernel, NO_LIMITS, ONE_SHARD } from "./support.ts";
import { damage } from "./arbitraries.ts";
import { type FileRow, readWalqV1 } from "./twin/walq_v1.ts";

const APPENDED = { ...NO_LIMITS, message: "appended" } as const;
const writer = kernel.createWriter();

const UP: RequestForm = {
  series: [{
    labels: [["__name__", "up"], ["job", "node"]],
    signals: [
      { kind: "sample", timestampMs: 1_700_000_000_000n, startMs: 0n, bits: 0x3ff0n << 48n },
      { kind: "sample", timestampMs: 1_700_000_001_000n, startMs: 0n, bits: 0n },
    ],
  }],
  metadata: [],
};

function plain(data: Uint8Array): LoadableBatch {
  return { format: "walq.metrics.v1", compression: "none", data, checksum: undefined };
}

test("the example in docs/format.md is what the kernel writes", () => {
  const text = readFileSync("docs/format.md", "utf8");
  const lines = text.slice(text.indexOf("## An example")).matchAll(/^ {4}(.+)$/gm);
  const bytes = [...lines].flatMap(([, line = ""]) => {
    const quoted = /^(.*?) +"(.*)"$/.exec(line);
    const [hex = ""] = /^(?:[0-9a-f]{2} +)+(?:[0-9a-f]{2})?/.exec(`${quoted?.[1] ?? line} `) ?? [];
    return [...Buffer.from(hex.replaceAll(" ", ""), "hex"), ...Buffer.from(quoted?.[2] ?? "")];
  });
  writer.addRequest(encodeRequest(UP, "appended"), APPENDED);
  assert.equal(
    Buffer.from(fileOf(writer.encode())).toString("hex"),
    Buffer.from(bytes).toString("hex"),
  );
});

test("a reader that was written from docs/format.md reads what went in", () => {
  holds(
    fc.property(content, ({ series, metadata }) => {
      const added = writer.addRequest(encodeRequest({ series, metadata }, "appended"), APPENDED);
      if (added.accepted === 0) return;
      const file = readWalqV1(fileOf(writer.encode()));
      const wanted = series.flatMap(({ labels, signals }) =>
        inRequestOrder(signals).map((signal) => ({ labels, signal }))
      );
      assert.equal(file.rows.length, wanted.length);
      for (const [index, { labels, signal }] of wanted.entries()) {
        checkRow(file.rows[index]!, labels, signal);
      }
      assert.deepEqual(file.metadata, metadata.map((entry) => ({ ...entry })));
    }),
    3,
  );
});

/** As protobuf writes a TimeSeries: by field number. */
function inRequestOrder(signals: readonly Signal[]): Signal[] {
  const fields = ["sample", "exemplar", "histogram"];
  return signals.toSorted((a, b) => fields.indexOf(a.kind) - fields.indexOf(b.kind));
}

function checkRow(
  row: FileRow,
  labels: RequestForm["series"][number]["labels"],
  signal: RequestForm["series"][number]["signals"][number],
): void {
  assert.equal(row.kind.replace("custom_", ""), signal.kind);
  assert.deepEqual(row.labels, labels);
  assert.equal(row.timestampMs, signal.timestampMs);
  if (signal.kind === "exemplar") assert.deepEqual(row.exemplarLabels, signal.exemplarLabels);
  else assert.equal(row.startMs, signal.startMs);
  if (signal.kind === "histogram") assert.notEqual(row.histogram.length, 0);
  else assert.equal(row.bits, signal.bits);
}

/** Some of everything, as a file. */
function sampleFile(): { data: Uint8Array; signals: number } {
  const [some] = fc.sample(
    content.filter(({ series, metadata }) => series.length > 4 && metadata.length > 0),
    { seed: 7, numRuns: 1 },
  );
  const { accepted } = writer.addRequest(encodeRequest(some!, "appended"), APPENDED);
  return { data: fileOf(writer.encode()), signals: accepted };
}

test("a file cut off anywhere is corrupt", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const { data } = sampleFile();
  for (let length = 0; length < data.length; length++) {
    assertCode(() => reader.load(plain(data.slice(0, length))), "CORRUPT");
  }
  reader.load(plain(data));
});

test("damaged files are corrupt or read as something, and the next whole one is read", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const { data, signals } = sampleFile();
  holds(
    fc.property(damage, (harm) => {
      try {
        reader.load(plain(harm(data)));
        drain(reader);
        if (reader.openSignals(0) > 0) reader.take(0);
      } catch (error) {
        assert.ok(error instanceof WalqError && error.code === "CORRUPT", String(error));
        assert.doesNotMatch(error.message, /trapped|unknown/);
      }
      assert.equal(reader.load(plain(data)).signals, signals);
      drain(reader);
      reader.take(0);
    }),
    8,
  );
});

test("no bit of a file can flip and change what is read", () => {
  writer.addRequest(encodeRequest(UP, "appended"), APPENDED);
  const batch = writer.encode();
  const parts = encodeRecord({ meta: metaOf(batch), data: batch.data });
  const file = new Uint8Array(parts.flatMap((part) => [...part]));
  const reader = kernel.createReader(ONE_SHARD);
  const read = (bytes: Uint8Array): string => {
    const { meta, data } = decodeRecord(bytes);
    const known = readMeta(meta);
    const { signals } = reader.load({ data, ...known });
    drain(reader);
    const taken = Buffer.from(reader.take(0).bytes).toString("hex");
    // The endpoint holds one against the other.
    return signals === known.signals ? taken : "set aside";
  };
  const whole = read(file);
  let detected = 0;
  for (let bit = 0; bit < file.length * 8; bit++) {
    const flipped = file.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    try {
      const seen = read(flipped);
      // A name in Meta that nobody asks for, of a count that is 0.
      if (seen !== "set aside") assert.equal(seen, whole, `bit ${bit} of ${file.length} bytes`);
      else detected++;
    } catch (error) {
      assert.ok(error instanceof WalqError, String(error));
      assert.match(error.code, /^(CORRUPT|UNSUPPORTED_FORMAT)$/);
      detected++;
    }
  }
  assert.ok(detected > file.length * 6, `${detected} of ${file.length * 8} bits`);
});

test("Meta says when the signals of a batch are from, and nothing where none is from any time", () => {
  writer.addRequest(encodeRequest(UP, "appended"), APPENDED);
  const batch = writer.encode();
  const { oldestMs, newestMs } = batch;
  assert.deepEqual(readMeta(metaOf(batch)).times, { oldestMs, newestMs });
  const early = { ...batch, oldestMs: -(2 ** 63), newestMs: -1 };
  assert.deepEqual(readMeta(metaOf(early)).times, { oldestMs: -(2 ** 63), newestMs: -1 });
  // As the kernel has it where there are no rows.
  const none = metaOf({ ...batch, oldestMs: 2 ** 63, newestMs: -(2 ** 63) });
  assert.equal(none["oldest_ms"], undefined);
  assert.equal(readMeta(none).times, undefined);
  const wrong = [
    { oldest_ms: "1" },
    { newest_ms: "1" },
    { oldest_ms: "2", newest_ms: "1" },
    { oldest_ms: "1", newest_ms: "" },
    { oldest_ms: "1", newest_ms: "1e3" },
    { oldest_ms: "1", newest_ms: "10000000000000000000" },
    { oldest_ms: " 1", newest_ms: "2" },
  ];
  for (const times of wrong) {
    assertCode(() => readMeta({ ...none, ...times }), "CORRUPT", /expected two times in order/);
  }
});

test("sections of later writers are passed over, unknown ones below 128 are not", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const { data, signals } = sampleFile();
  const later = new Uint8Array([...data, 200, 2, 1, 2]);
  assert.equal(reader.load(plain(later)).signals, signals);
  drain(reader);
  assertCode(
    () => reader.load(plain(new Uint8Array([...data, 100, 0]))),
    "CORRUPT",
    /section 100 after section/,
  );
});

test("claims that the bytes do not pay for are refused", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const header = [0x57, 0x41, 0x4c, 0x51, 1];
  const million = [0xc0, 0x84, 0x3d];
  for (let count = 0; count < 5; count++) {
    const counts = Array.from({ length: 5 }, (_, i) => i === count ? million : [0]).flat();
    assertCode(() => reader.load(plain(new Uint8Array([...header, ...counts]))), "CORRUPT");
  }
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
  assertCode(
    () => reader.load(plain(new Uint8Array([...header, 0, 0, 0, ...huge, 0]))),
    "CORRUPT",
    /wanted at most 16777216/,
  );
});
