/** Parses remote write 1.0 requests, slowly and strictly. Throws Malformed for what the kernel must refuse. */
import type { Label, Request, Sample, Series } from "./model.ts";

export class Malformed extends Error {}

interface Field {
  readonly at: number;
  readonly number: number;
  readonly wire: number;
  /** The number of a varint; the bits of a fixed. */
  readonly value: bigint;
  /** The bytes of a length-delimited field, and where they begin in the request. */
  readonly bytes: Uint8Array;
  readonly bytesAt: number;
}

const NO_BYTES = new Uint8Array();

function readVarint(bytes: Uint8Array, at: number): { value: bigint; next: number } {
  const first = bytes[at];
  if (first !== undefined && first < 0x80) return { value: BigInt(first), next: at + 1 };
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new Malformed("varint cut off");
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) {
      if (value > 0xffff_ffff_ffff_ffffn) throw new Malformed("varint over 64 bits");
      return { value, next: at + i + 1 };
    }
  }
  throw new Malformed("varint over 10 bytes");
}

function fieldsOf(bytes: Uint8Array, base: number): Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = readVarint(bytes, at);
    const number = tag.value >> 3n;
    const wire = Number(tag.value & 7n);
    if (number < 1n || number > 536_870_911n) throw new Malformed("field number");
    at = tag.next;
    let value = 0n;
    let content: Uint8Array = NO_BYTES;
    if (wire === 0) {
      ({ value, next: at } = readVarint(bytes, at));
    } else if (wire === 1 || wire === 5) {
      const size = wire === 1 ? 8 : 4;
      if (bytes.length - at < size) throw new Malformed("fixed cut off");
      for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
      at += size;
    } else if (wire === 2) {
      const length = readVarint(bytes, at);
      at = length.next;
      if (length.value > BigInt(bytes.length - at)) throw new Malformed("length");
      content = bytes.subarray(at, at + Number(length.value));
      at += content.length;
    } else {
      throw new Malformed("wire type");
    }
    fields.push({
      at: base + start,
      number: Number(number),
      wire,
      value,
      bytes: content,
      bytesAt: base + at - content.length,
    });
  }
  return fields;
}

function want(field: Field, wire: number): Field {
  if (field.wire !== wire) throw new Malformed("wire type of a known field");
  return field;
}

function parseLabel(bytes: Uint8Array): Label {
  let name = NO_BYTES as Uint8Array;
  let value = NO_BYTES as Uint8Array;
  for (const field of fieldsOf(bytes, 0)) {
    if (field.number === 1) name = want(field, 2).bytes;
    if (field.number === 2) value = want(field, 2).bytes;
  }
  return { name, value };
}

function parseSample(bytes: Uint8Array): Sample {
  let bits = 0n;
  let timestampMs = 0n;
  for (const field of fieldsOf(bytes, 0)) {
    if (field.number === 1) bits = want(field, 1).value;
    if (field.number === 2) timestampMs = BigInt.asIntN(64, want(field, 0).value);
  }
  return { bits, timestampMs };
}

/** What the fields of a message must be: a wire type; packed numbers "p0" and "p1"; or a message. */
type Shape = { readonly [field: number]: 0 | 1 | 2 | "p0" | "p1" | Shape };

const LABEL: Shape = { 1: 2, 2: 2 };
const SPAN: Shape = { 1: 0, 2: 0 };
const METADATA: Shape = { 1: 0, 2: 2, 4: 2, 5: 2 };
const EXEMPLAR: Shape = { 1: LABEL, 2: 1, 3: 0 };
// deno-fmt-ignore
const HISTOGRAM: Shape = {
  1: 0, 2: 1, 3: 1, 4: 0, 5: 1, 6: 0, 7: 1, 8: SPAN, 9: "p0", 10: "p1",
  11: SPAN, 12: "p0", 13: "p1", 14: 0, 15: 0, 16: "p1",
};

function check(bytes: Uint8Array, shape: Shape): void {
  for (const field of fieldsOf(bytes, 0)) {
    const wanted = shape[field.number];
    if (wanted === undefined) continue;
    if (typeof wanted === "number") want(field, wanted);
    else if (typeof wanted === "object") check(want(field, 2).bytes, wanted);
    else checkPacked(field, wanted);
  }
}

function checkPacked(field: Field, wanted: "p0" | "p1"): void {
  if (field.wire === (wanted === "p0" ? 0 : 1)) return;
  const { bytes } = want(field, 2);
  if (wanted === "p1") {
    if (bytes.length % 8 !== 0) throw new Malformed("packed doubles");
    return;
  }
  for (let at = 0; at < bytes.length;) at = readVarint(bytes, at).next;
}

function parseSeries(outer: Field): Series {
  const labels: Label[] = [];
  const samples: Sample[] = [];
  let unsupported = 0;
  for (const field of fieldsOf(outer.bytes, outer.bytesAt)) {
    if (field.number > 4) continue;
    want(field, 2);
    if (field.number === 1) labels.push(parseLabel(field.bytes));
    if (field.number === 2) samples.push(parseSample(field.bytes));
    if (field.number === 3) check(field.bytes, EXEMPLAR);
    if (field.number === 4) check(field.bytes, HISTOGRAM);
    if (field.number > 2) unsupported++;
  }
  return { labels, samples, unsupported, at: outer.at };
}

export function parseRequest(bytes: Uint8Array): Request {
  const series: Series[] = [];
  let metadata = 0;
  for (const field of fieldsOf(bytes, 0)) {
    if (field.number === 1) series.push(parseSeries(want(field, 2)));
    if (field.number === 3) {
      check(want(field, 2).bytes, METADATA);
      metadata++;
    }
  }
  return { series, metadata };
}

/** Whether a request has nothing but samples, or is malformed: the rest is for test/roundtrip. */
export function isForTwin(bytes: Uint8Array): boolean {
  try {
    const { series, metadata } = parseRequest(bytes);
    return metadata === 0 && series.every(({ unsupported }) => unsupported === 0);
  } catch (error) {
    if (error instanceof Malformed) return true;
    throw error;
  }
}
