/** The input that the binding gives to a call, and the output that the binding fetches after it. */
import { xxh64 } from "./bytes/hash";
import {
  SLOT_CHECKSUM_HIGH,
  SLOT_CHECKSUM_LOW,
  SLOT_DATA_AT,
  SLOT_DATA_BYTES,
  SLOT_RAW_BYTES,
} from "./abi/layout";
import { Buffer, createBuffer, release, reserve } from "./bytes/memory";
import { put } from "./abi/result";
import { compress } from "./codec/snappy_compress";

const input: Buffer = createBuffer();
const compressed: Buffer = createBuffer();

/** Makes room for the input of the next call and returns where it goes. */
export function inputAt(bytes: u32): usize {
  input.length = 0;
  return reserve(input, <usize> bytes);
}

/**
 * The room of an input that was larger than this is given back, so that its content has
 * room when it is unpacked.
 */
const INPUT_BYTES_KEPT: usize = 1024 * 1024;

/** To be called when the input is not needed any more. */
export function releaseInput(): void {
  release(input, INPUT_BYTES_KEPT);
}

/** Compresses `bytes` bytes and tells the binding where the result is. */
export function handOut(at: usize, bytes: usize): void {
  compress(at, bytes, compressed);
  put(SLOT_DATA_AT, <f64> compressed.at);
  put(SLOT_DATA_BYTES, <f64> compressed.length);
  put(SLOT_RAW_BYTES, <f64> bytes);
}

/** Tells the checksum of the bytes that were handed out. */
export function putChecksum(): void {
  putChecksumOf(compressed.at, compressed.length);
}

/** Tells the checksum of any bytes. */
export function putChecksumOf(at: usize, bytes: usize): void {
  const checksum = xxh64(at, bytes);
  put(SLOT_CHECKSUM_LOW, <f64> (<u32> checksum));
  put(SLOT_CHECKSUM_HIGH, <f64> (<u32> (checksum >> 32)));
}

/** The lowest timestamp that is not below a cutoff, which may be infinite or a fraction. */
export function cutoffOf(cutoffMs: f64): i64 {
  return <i64> ceil<f64>(cutoffMs);
}
