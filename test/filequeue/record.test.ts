import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { WalqError } from "../../src/errors.ts";
import { decodeRecord, encodeRecord, peekMeta } from "../../src/store/record.ts";

test("a record is the map that any MessagePack reader sees", () => {
  const record = { meta: { version: "v", series_count: "2" }, data: Uint8Array.of(1, 2, 3) };
  assert.deepEqual(decode(join(encodeRecord(record))), { Meta: record.meta, Data: record.data });
});

test("every length of data comes back", () => {
  for (const length of [0, 1, 255, 256, 65535, 65536, 300_000]) {
    const data = new Uint8Array(length).fill(7);
    const bytes = join(encodeRecord({ meta: { a: "b" }, data }));
    const whole = decodeRecord(bytes);
    assert.equal(whole.data.length, length);
    assert.deepEqual(whole.meta, { a: "b" });
    assert.deepEqual(bytes, encode({ Meta: { a: "b" }, Data: data }));
  }
});

test("Meta is read from the first bytes alone", () => {
  const bytes = join(encodeRecord({ meta: { a: "b" }, data: new Uint8Array(10_000) }));
  assert.deepEqual(peekMeta(bytes.subarray(0, 64)), { a: "b" });
  for (let length = 0; length < 11; length++) {
    assert.equal(peekMeta(bytes.subarray(0, length)), undefined, `${length} bytes`);
  }
});

test("anything else is CORRUPT and nothing else is thrown", () => {
  const good = join(encodeRecord({ meta: { a: "b" }, data: Uint8Array.of(1, 2, 3) }));
  const hostile = [
    new Uint8Array(),
    encode(null),
    encode([1]),
    encode({ Meta: { a: 1 }, Data: Uint8Array.of(1) }),
    encode({ Meta: { a: "b" }, Data: "text" }),
    encode({ Meta: { a: "b" } }),
    encode({ Data: Uint8Array.of(1) }),
    Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff),
    join([good, Uint8Array.of(0)]),
  ];
  for (let length = 0; length < good.length; length++) hostile.push(good.slice(0, length));
  for (const bytes of hostile) assert.throws(() => decodeRecord(bytes), isCorrupt);
});

test("what is wrong is said of the file, in the same words on each runtime", () => {
  const good = join(encodeRecord({ meta: { a: "b" }, data: new Uint8Array(300) }));
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [new Uint8Array(), "got nothing, an empty file, wanted a map with Meta and Data"],
    [new TextEncoder().encode("hello"), "got type byte 0x68 at byte 0, wanted a map"],
    [good.subarray(0, 1), "got 1 bytes, which end in the midst of the record, wanted at least 2"],
    [good.subarray(0, 3), "got 3 bytes, which end in the midst of a text, wanted at least 6"],
    [good.subarray(0, 17), "got 17 bytes, which end in the midst of a length, wanted at least 19"],
    [
      good.subarray(0, 100),
      "got 100 bytes, which end in the midst of the data, wanted at least 319",
    ],
    [join([good, new Uint8Array(3)]), "got 3 bytes behind the record, wanted its end at byte 319"],
    [Uint8Array.of(0x81, 0xc1), "got type byte 0xc1 at byte 1, wanted a map, a text or bytes"],
    [
      Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff),
      "got 5 bytes, which end in the midst of the record, wanted at least 6",
    ],
    [
      new Uint8Array(20).fill(0x81),
      "got values nested too deep at byte 9, wanted at most 8",
    ],
    [
      encode({ Meta: { a: "b".repeat(5_000) }, Data: Uint8Array.of(1) }),
      "got a map or a text that is too large, wanted Meta with a few short texts",
    ],
    [encode({ Data: Uint8Array.of(1) }), "got nothing as Meta, wanted a map of texts"],
    [
      encode({ Meta: { a: 1 }, Data: "x" }),
      "got a map with other values as Meta, wanted a map of texts",
    ],
    [encode({ Meta: { a: "b" }, Data: "x" }), "got something else (string) as Data, wanted bytes"],
  ];
  for (const [bytes, what] of cases) {
    assert.throws(() => decodeRecord(bytes), {
      code: "CORRUPT",
      message: `Cannot read record: ${what}`,
    });
  }
});

test("nested arrays and maps that claim millions cost nothing", () => {
  for (
    const claim of [[0xdd, 1, 0xff, 0xff, 0xff], [0xdf, 1, 0xff, 0xff, 0xff], [0xde, 0xff, 0xff]]
  ) {
    const bytes = Uint8Array.from(Array.from({ length: 200 }, () => claim).flat());
    assert.throws(() => decodeRecord(bytes), isCorrupt);
    assert.throws(() => decodeRecord(Uint8Array.of(0x81, 0xa1, 0x61, ...bytes)), isCorrupt);
    const head = join([Uint8Array.of(0x82, 0xa4), new TextEncoder().encode("Meta"), bytes]);
    assert.equal(peekMeta(head), undefined);
  }
});

test("random bytes are CORRUPT or a record, never a crash", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    peekMeta(bytes);
    try {
      decodeRecord(bytes);
    } catch (error) {
      assert.ok(isCorrupt(error), String(error));
    }
  }));
});

function isCorrupt(error: unknown): boolean {
  return error instanceof WalqError && error.code === "CORRUPT";
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
