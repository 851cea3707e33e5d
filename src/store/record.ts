import { decode, decodeMulti, encode, Encoder } from "@msgpack/msgpack";
import { WalqError } from "../errors.ts";
import { recordFault } from "./record_fault.ts";

/**
 * One file: a MessagePack map as grafana/walqueue writes it.
 *
 *     82                      map of 2
 *     a4 "Meta" 8n ...        map<string, string>, n entries
 *     a4 "Data" c6 .. .. .. ..  bin, its length, its bytes
 */
interface FileRecord {
  readonly meta: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
}

/** Meta has a handful of short texts. Whatever claims more is refused before room is made for it. */
const LIMITS = {
  maxMapLength: 64,
  maxArrayLength: 0,
  maxExtLength: 0,
  maxStrLength: 4096,
} as const;

const MAP_OF_TWO = 0x82;
const META_KEY = encode("Meta");
const DATA_KEY = encode("Data");
const META_OFFSET = 1 + META_KEY.length;

/** With a buffer of its own, which a new one would make each time. */
const encoder = new Encoder();

/** A record as parts to be written one after the other: the data is not copied. */
export function encodeRecord(record: FileRecord): Uint8Array[] {
  // It is copied before the encoder's buffer is used again.
  const meta = encoder.encodeSharedRef(record.meta);
  const binHeader = encodeBinHeader(record.data.length);
  const head = new Uint8Array(META_OFFSET + meta.length + DATA_KEY.length + binHeader.length);
  head[0] = MAP_OF_TWO;
  head.set(META_KEY, 1);
  head.set(meta, META_OFFSET);
  head.set(DATA_KEY, META_OFFSET + meta.length);
  head.set(binHeader, META_OFFSET + meta.length + DATA_KEY.length);
  return [head, record.data];
}

/**
 * Reads a whole record; `data` is a view of the bytes.
 *
 * @throws {WalqError} `CORRUPT` when the bytes are anything else.
 */
export function decodeRecord(bytes: Uint8Array): FileRecord {
  let value: unknown;
  try {
    value = decode(bytes, LIMITS);
  } catch (cause) {
    throw corrupt(recordFault(bytes), cause);
  }
  if (!isPlainMap(value)) throw corrupt("got no map, wanted one with Meta and Data");
  const { Meta: meta, Data: data } = value;
  if (!isStringMap(meta)) throw corrupt(`got ${shown(meta)} as Meta, wanted a map of texts`);
  if (!(data instanceof Uint8Array)) throw corrupt(`got ${shown(data)} as Data, wanted bytes`);
  return { meta, data };
}

/**
 * Reads Meta from the first bytes of a file; undefined when they do not start
 * as a record does, or end too soon.
 */
export function peekMeta(head: Uint8Array): Readonly<Record<string, string>> | undefined {
  if (head[0] !== MAP_OF_TWO) return undefined;
  if (META_KEY.some((byte, at) => head[1 + at] !== byte)) return undefined;
  try {
    const meta: unknown = decodeMulti(head.subarray(META_OFFSET), LIMITS).next().value;
    return isStringMap(meta) ? meta : undefined;
  } catch {
    return undefined;
  }
}

function encodeBinHeader(length: number): Uint8Array {
  if (length < 0x100) return Uint8Array.of(0xc4, length);
  if (length < 0x10000) return Uint8Array.of(0xc5, length >>> 8, length & 0xff);
  return Uint8Array.of(
    0xc6,
    length >>> 24,
    (length >>> 16) & 0xff,
    (length >>> 8) & 0xff,
    length & 0xff,
  );
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Uint8Array);
}

function isStringMap(value: unknown): value is Record<string, string> {
  return isPlainMap(value) && Object.values(value).every((item) => typeof item === "string");
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return isPlainMap(value) ? "a map with other values" : `something else (${typeof value})`;
}

function corrupt(message: string, cause?: unknown): WalqError {
  return new WalqError("CORRUPT", `Cannot read record: ${message}`, { cause });
}
