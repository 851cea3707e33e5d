import { samplesOnly } from "../support/counts.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AddResult } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { damage, request, STALE_NAN } from "./arbitraries.ts";
import {
  ALLOY_RULES,
  assertBytes,
  assertCode,
  fileOf,
  holds,
  kernel,
  NO_LIMITS,
  snappyCompress,
} from "./support.ts";
import { encodeRows, stringTable } from "./twin/alloy_v1.ts";
import { type TimeBounds, TwinBatch } from "./twin/batch.ts";
import { concat, label, type Sample, utf8 } from "./twin/model.ts";
import { isForTwin, Malformed } from "./twin/request_parse.ts";
import { message, seriesField } from "./twin/request_write.ts";

const SAMPLE: Sample = { bits: STALE_NAN, timestampMs: 1_700_000_000_000n };
const UP = [label("__name__", "up"), label("job", "node")];

test("a writer makes the same batch as its twin, whatever the requests and their splits", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  holds(
    fc.property(
      fc.array(request, { maxLength: 6 }),
      fc.constantFrom(-Infinity, 0, 50),
      fc.constantFrom(1e14 - 1, Infinity),
      (requests, cutoffMs, latestMs) => {
        const twin = new TwinBatch();
        for (const body of requests) {
          const got = writer.addRequest(body, { ...NO_LIMITS, cutoffMs, latestMs });
          assert.deepEqual(got, twin.add(body, { cutoffMs, latestMs }));
          assert.equal(writer.signals, twin.rows.length);
        }
        checkEncoded(writer, twin);
      },
    ),
    4,
  );
});

function checkEncoded(writer: ReturnType<typeof kernel.createWriter>, twin: TwinBatch): void {
  if (twin.rows.length === 0) return;
  const batch = writer.encode();
  assertBytes(fileOf(batch), encodeRows(twin.rows), "the encoded batch");
  assert.equal(batch.series, twin.rows.length);
  assert.equal(batch.metadata, 0);
  assert.equal(batch.strings, stringTable(twin.rows).strings.length);
  const times = twin.rows.map(({ sample }) => Number(sample.timestampMs));
  assert.equal(batch.oldestMs, Math.min(...times));
  assert.equal(batch.newestMs, Math.max(...times));
  assert.equal(writer.signals, 0);
}

/** The twin's answer, or undefined where it finds the bytes malformed. */
function twinAdd(
  twin: TwinBatch,
  body: Uint8Array,
  bounds: TimeBounds = NO_LIMITS,
): AddResult | undefined {
  try {
    return twin.add(body, bounds);
  } catch (error) {
    assert.ok(error instanceof Malformed);
    return undefined;
  }
}

test("damaged requests are refused as a whole, or read as the twin reads them", () => {
  const bounds = { cutoffMs: 0, latestMs: 1e14 - 1 };
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  holds(
    fc.property(
      fc.array(fc.tuple(request, damage), { minLength: 1, maxLength: 5 }),
      request,
      (pairs, last) => {
        const twin = new TwinBatch();
        for (const [body, harm] of pairs) {
          const hostile = harm(body);
          if (!isForTwin(hostile)) continue;
          const wanted = twinAdd(twin, hostile, bounds);
          const act = () => writer.addRequest(hostile, { ...NO_LIMITS, ...bounds });
          if (wanted === undefined) assertCode(act, "INVALID_REQUEST", /got .* at byte \d+/);
          else assert.deepEqual(act(), wanted);
          assert.equal(writer.signals, twin.rows.length);
        }
        const got = writer.addRequest(last, { ...NO_LIMITS, ...bounds });
        assert.deepEqual(got, twin.add(last, bounds));
        checkEncoded(writer, twin);
      },
    ),
    8,
  );
});

test("a request cut off anywhere is refused or read as the twin reads it", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const body = concat([
    seriesField(UP, [SAMPLE, SAMPLE]),
    message(1, message(9, message(1, message(1, utf8("a")))), message(8, [0x08, 5])),
    seriesField([...UP, label("long", "x".repeat(300))], [SAMPLE]),
    message(4, message(2, utf8("up"))),
  ]);
  for (let length = 0; length < body.length; length++) {
    const twin = new TwinBatch();
    const cut = body.slice(0, length);
    const wanted = twinAdd(twin, cut);
    const act = () => writer.addRequest(cut, NO_LIMITS);
    if (wanted === undefined) assertCode(act, "INVALID_REQUEST");
    else assert.deepEqual(act(), wanted);
    checkEncoded(writer, twin);
  }
});

test("requests under snappy, whole and damaged", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const options = { ...NO_LIMITS, compression: "snappy" } as const;
  holds(
    fc.property(request, damage, (body, harm) => {
      if (body.length === 0) return;
      const packed = snappyCompress(body);
      const twin = new TwinBatch();
      try {
        writer.addRequest(harm(packed), options);
        if (writer.signals > 0) writer.encode();
      } catch (error) {
        assert.ok(error instanceof WalqError, String(error));
        assert.ok(error.code === "INVALID_REQUEST" || error.code === "TOO_LARGE");
      }
      assert.equal(writer.signals, 0);
      assert.deepEqual(writer.addRequest(packed, options), twin.add(body, NO_LIMITS));
      checkEncoded(writer, twin);
    }),
    4,
  );
});

test("a request has to leave its batch one that can be read again", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  writer.addRequest(seriesField(UP, [SAMPLE]), NO_LIMITS);
  const left = 2 ** 28 - writer.heldBytes;
  const claim = new Uint8Array(1_000_000).fill(0xff);
  claim.set([0xff, 0xff, 0xff, 0xff, 0x0f]);
  const unlimited = { ...NO_LIMITS, compression: "snappy", uncompressedBytesMax: 2 ** 40 } as const;
  assertCode(() => writer.addRequest(claim, unlimited), "TOO_LARGE", new RegExp(`at most ${left}`));
  writer.encode();
  assertCode(() => writer.addRequest(claim, unlimited), "TOO_LARGE", /at most 268435456/);
});

test("a request over the limit is refused by its header, before anything is allocated", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const claim = new Uint8Array(1_000_000).fill(0xff);
  claim.set([0xff, 0xff, 0xff, 0xff, 0x0f]);
  const options = { ...NO_LIMITS, compression: "snappy", uncompressedBytesMax: 1000 } as const;
  assertCode(() => writer.addRequest(claim, options), "TOO_LARGE", /4294967295 .* at most 1000/);
  const unlimited = { ...options, uncompressedBytesMax: 2 ** 40 };
  assertCode(() => writer.addRequest(claim, unlimited), "TOO_LARGE", /at most 268435456/);
  // A claim within the limit that the data cannot keep allocates nothing either.
  const started = performance.now();
  for (let i = 0; i < 1000; i++) {
    const lie = new Uint8Array([0xff, 0xff, 0xff, 0x7f, 0, 1]);
    assertCode(() => writer.addRequest(lie, unlimited), "INVALID_REQUEST");
  }
  assert.ok(performance.now() - started < 2000);
  assertCode(
    () => writer.addRequest(new Uint8Array(1001), { ...options, compression: "none" }),
    "TOO_LARGE",
  );
});

test("bodies that are no snappy at all", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const options = { ...NO_LIMITS, compression: "snappy" } as const;
  for (const bytes of [[], [0x80], [0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0, 0], [4, 0xff, 1]]) {
    assertCode(() => writer.addRequest(new Uint8Array(bytes), options), "INVALID_REQUEST");
  }
  assert.equal(writer.addRequest(new Uint8Array([0]), options).accepted, 0);
});

test("an invalid series is named by its rule, label and place", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const bad = seriesField([...UP, label("job", "again")], [SAMPLE]);
  const good = seriesField(UP, [SAMPLE]);
  const result = writer.addRequest(concat([good, bad, good]), NO_LIMITS);
  assert.equal(result.accepted, 2);
  assert.equal(result.invalid, 1);
  assert.equal(
    result.firstInvalid,
    `metric "up": label "job" twice in the series at byte ${good.length} of the request`,
  );
});

test("a series with labels over a megabyte is invalid, a request of many series is not", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const huge = seriesField([label("__name__", "x".repeat(1_100_000))], [SAMPLE]);
  const many = seriesField(UP, new Array<Sample>(60_000).fill(SAMPLE));
  const result = writer.addRequest(concat([huge, many]), NO_LIMITS);
  assert.equal(result.accepted, 60_000);
  assert.match(
    result.firstInvalid!,
    /^metric "x{100}": labels or a histogram over 1048576 bytes in the series at byte 0/,
  );
});

test("hundreds of thousands of labels in reverse order are sorted in a moment", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const labels = Array.from({ length: 100_000 }, (_, i) => label(String(999_999 - i), "v"));
  const body = seriesField([...labels, label("__name__", "m")], [SAMPLE]);
  const started = performance.now();
  const result = writer.addRequest(body, NO_LIMITS);
  assert.ok(performance.now() - started < 5000);
  assert.deepEqual(result, {
    accepted: 1,
    kinds: samplesOnly(1),
    expired: 0,
    invalid: 0,
    unsupported: 0,
    newestMs: 1_700_000_000_000,
  });
});

test("a batch of thousands of series, whose string table grows, is the twin's", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const twin = new TwinBatch();
  const parts: Uint8Array[] = [];
  for (let i = 0; i < 6000; i++) {
    parts.push(seriesField([...UP, label("n", `value-${i}`), label("o", `${i % 7}`)], [SAMPLE]));
  }
  const body = concat(parts);
  assert.deepEqual(writer.addRequest(body, NO_LIMITS), twin.add(body, NO_LIMITS));
  // A refused request takes its strings back, also after the table has grown for them.
  const refused = concat([
    seriesField([...UP, label("n", "new")], [SAMPLE]),
    ...parts.slice(0, 10),
    [0x0a, 0x7f],
  ]);
  assertCode(() => writer.addRequest(refused, NO_LIMITS), "INVALID_REQUEST");
  checkEncoded(writer, twin);
});

test("encode of an empty batch is a bug", () => {
  assert.throws(() => kernel.createWriter({ rules: ALLOY_RULES }).encode(), /^Error: BUG: /);
});

test("varints: 64 bits and no more, longer forms allowed, in timestamps, tags and lengths", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const labels = message(1, message(1, utf8("__name__")), message(2, utf8("up")));
  const nines = new Array<number>(9).fill(0xff);
  const cases: [number[], boolean][] = [
    [[0x10, ...nines, 0x01], true],
    [[0x10, ...nines, 0x02], false],
    [[0x10, ...nines, 0x7f], false],
    [[0x10, ...nines, 0xff, 0x01], false],
    [[0x10, 0x85, 0x80, 0x00], true],
    [[0x90, 0x80, 0x00, 0x05], true],
    [[0x00, 0x05], false],
    [[0x80, 0x80, 0x80, 0x80, 0x10, 0x05], false],
    [[0x13], false],
    [[0x14], false],
    [[0x16, 0x05], false],
    [[0x17, 0x05], false],
    [[0x12, 0x01, 0x05], false],
  ];
  for (const [sample, isGood] of cases) {
    const body = message(1, labels, message(2, sample));
    const act = () => writer.addRequest(body, NO_LIMITS);
    const twin = new TwinBatch();
    const wanted = twinAdd(twin, body);
    assert.equal(wanted !== undefined, isGood, `the twin on ${sample}`);
    if (isGood) assert.deepEqual(act(), wanted);
    else assertCode(act, "INVALID_REQUEST", /at byte \d+/);
    checkEncoded(writer, twin);
  }
});
