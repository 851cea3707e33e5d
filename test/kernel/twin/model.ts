/** What a request says, in plain objects. Bytes stay bytes: labels may be no UTF-8. */
import { Buffer } from "node:buffer";

export interface Label {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

export interface Sample {
  /** The bits of the double, so that NaN payloads can be compared. */
  readonly bits: bigint;
  readonly timestampMs: bigint;
}

export interface Series {
  readonly labels: readonly Label[];
  readonly samples: readonly Sample[];
  /** Histograms and exemplars that are unsupported. */
  readonly unsupported: number;
  /** Where the series' field begins in the request. */
  readonly at: number;
}

export interface Request {
  readonly series: readonly Series[];
  readonly metadata: number;
}

/** One sample of one series, as a batch keeps it. */
export interface Row {
  readonly labels: readonly Label[];
  readonly sample: Sample;
  readonly hash: bigint;
}

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function label(name: string, value: string): Label {
  return { name: utf8(name), value: utf8(value) };
}

export type Bytes = Uint8Array | readonly number[];

export function lengthOf(parts: readonly Bytes[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

export function concat(parts: readonly Bytes[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

/** A key for maps: one character a byte. */
export function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
