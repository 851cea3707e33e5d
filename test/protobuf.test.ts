/** What is written of protobuf's wire format is what protobufjs writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import protobuf from "protobufjs";
import {
  bytesFieldBytes,
  int64Bytes,
  MessageWriter,
  putBytes,
  putInt64,
  putVarint,
  varintBytes,
} from "../src/protobuf.ts";
import { holds } from "./kernel/support.ts";
import { codePoint } from "./support/code_point.ts";

/** Numbers about the ends of each length of a varint, and any others. */
const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.tuple(fc.nat({ max: 53 }), fc.integer({ min: -1, max: 1 }), fc.constantFrom(-1, 1))
    .map(([exponent, more, sign]) => sign * Math.min(2 ** exponent + more, 2 ** 53 - 1)),
);
const field = fc.oneof(fc.integer({ min: 1, max: 17 }), fc.integer({ min: 1, max: 2 ** 29 - 1 }));
const bytes = fc.uint8Array({ maxLength: 300 });

/** One field, as walq writes it and as protobufjs does. */
interface Step {
  readonly own: (to: MessageWriter) => MessageWriter;
  readonly other: (to: protobuf.Writer) => protobuf.Writer;
}

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(field, whole).map(([id, value]): Step => ({
    own: (to) => to.number(id, value),
    other: (to) => to.uint32(id * 8).int64(value),
  })),
  fc.tuple(field, whole).map(([id, value]): Step => ({
    own: (to) => to.signed(id, value),
    other: (to) => to.uint32(id * 8).sint64(value),
  })),
  fc.tuple(field, fc.double()).map(([id, value]): Step => ({
    own: (to) => to.double(id, value),
    other: (to) => to.uint32(id * 8 + 1).double(value),
  })),
  fc.tuple(field, fc.string({ unit: codePoint, maxLength: 300 })).map(([id, value]): Step => ({
    own: (to) => to.text(id, value),
    other: (to) => to.uint32(id * 8 + 2).string(value),
  })),
  fc.tuple(field, bytes).map(([id, value]): Step => ({
    own: (to) => to.bytes(id, value),
    other: (to) => to.uint32(id * 8 + 2).bytes(value),
  })),
  fc.tuple(field, fc.array(whole, { minLength: 1 })).map(([id, values]): Step => ({
    own: (to) => to.signedList(id, values),
    other: (to) =>
      values.reduce((list, value) => list.sint64(value), to.uint32(id * 8 + 2).fork()).ldelim(),
  })),
  fc.tuple(field, fc.array(fc.double(), { minLength: 1 })).map(([id, values]): Step => ({
    own: (to) => to.doubleList(id, values),
    other: (to) =>
      values.reduce((list, value) => list.double(value), to.uint32(id * 8 + 2).fork()).ldelim(),
  })),
);

test("fields of every kind, alone and in messages of messages", () => {
  holds(fc.property(fc.array(steps, { maxLength: 12 }), field, (fields, id) => {
    const own = fields.reduce((to, { own }) => own(to), new MessageWriter());
    const other = fields.reduce((to, { other }) => other(to), protobuf.Writer.create());
    assert.deepEqual([...own.finish()], [...other.finish()]);
    const outer = new MessageWriter().message(id, own).number(1, 7);
    const wanted = protobuf.Writer.create().uint32(id * 8 + 2);
    assert.deepEqual([...outer.finish()], [
      ...wanted.bytes(own.finish()).uint32(8).int64(7).finish(),
    ]);
  }));
});

test("a list without numbers is left out", () => {
  assert.equal(new MessageWriter().signedList(1, []).doubleList(2, []).finish().length, 0);
});

test("a double is written by its bits where they are given", () => {
  const bits = 0x7ff0_0000_0000_0002n;
  const written = new MessageWriter().doubleBits(1, bits).finish();
  assert.equal(new DataView(written.buffer).getBigUint64(1, true), bits);
  assert.deepEqual([written.length, written[0]], [9, 0x09]);
});

test("what is put into bytes takes as many as was said", () => {
  holds(fc.property(whole, bytes, fc.integer({ min: 1, max: 15 }), (value, data, id) => {
    const out = new Uint8Array(400);
    const { length: int64 } = protobuf.Writer.create().int64(value).finish();
    assert.deepEqual([putInt64(out, 3, value), int64Bytes(value)], [3 + int64, int64]);
    const size = Math.abs(value);
    assert.equal(putVarint(out, 3, size), 3 + varintBytes(size));
    assert.equal(putBytes(out, 3, id * 8 + 2, data), 3 + bytesFieldBytes(data.length));
  }));
});
