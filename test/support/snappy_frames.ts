/** Writes snappy's frames, with blocks by hysnappy. */
import { compress } from "./hysnappy.ts";

/** The chunk that a stream begins with. */
export const MAGIC: Uint8Array = Uint8Array.from([
  0xff,
  6,
  0,
  0,
  0x73,
  0x4e,
  0x61,
  0x50,
  0x70,
  0x59,
]);
const CHUNK_BYTES = 65_536;

/** CRC-32C bit by bit. */
function checksumOf(bytes: Uint8Array): number {
  let crc = 0xffff_ffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 1n) === 1n ? crc >> 1n ^ 0x82f6_3b78n : crc >> 1n;
    }
  }
  crc ^= 0xffff_ffffn;
  const rotated = BigInt.asUintN(32, crc >> 15n | crc << 17n);
  return Number(BigInt.asUintN(32, rotated + 0xa282_ead8n));
}

/** A chunk with a checksum: of type 0, compressed, or 1. */
export function chunk(type: 0 | 1, content: Uint8Array): Uint8Array {
  const data = type === 0 ? compress(content) : content;
  const size = 4 + data.length;
  const out = new Uint8Array(4 + size);
  const view = new DataView(out.buffer);
  view.setUint32(0, size << 8 | type, true);
  view.setUint32(4, checksumOf(content), true);
  out.set(data, 8);
  return out;
}

/** A stream. */
export function framed(content: Uint8Array): Uint8Array {
  const parts = [...MAGIC];
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    for (const byte of chunk(0, content.subarray(at, at + CHUNK_BYTES))) parts.push(byte);
  }
  return Uint8Array.from(parts);
}
