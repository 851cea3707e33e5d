/** Protobuf's wire format, read: field by field, from bytes of somebody else. */
import { badOtlp } from "./bounds.ts";
import { TextCache } from "./text_cache.ts";

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const NAMES = ["a varint", "8 bytes", "bytes", "a group", "a group", "4 bytes"];
const VARINT_BYTES_MAX = 10;
const TWO_32 = 2 ** 32;
const SHORT_TEXT = 48;
const NANOSECONDS_A_MS = 1_000_000;
/** 2^32 nanoseconds are so many milliseconds, and so many nanoseconds more. */
const MS_OF_TWO_32 = 4_294;
const REST_OF_TWO_32 = 967_296;

/** The stale marker: a NaN with these bits (Prometheus, model/value). */
const STALE_HIGH = 0x7ff0_0000;
const STALE_LOW = 2;

const texts = new TextCache();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the messages in one piece of bytes, the inner ones in their place. */
export class WireReader {
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  #at = 0;
  #tagAt = 0;
  /** Where the message at hand ends. */
  #end: number;
  #field = 0;
  #type = 0;
  /** The upper half of the varint or of the eight bytes that were read last, with no sign. */
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  /** Where the field at hand begins, with its tag. */
  get tagAt(): number {
    return this.#tagAt;
  }

  /** Where the reader is. */
  get at(): number {
    return this.#at;
  }

  /** Reads what is between two places, as if it were all of a message. */
  between<T>(start: number, end: number, read: () => T): T {
    const before = { at: this.#at, end: this.#end };
    this.#at = start;
    this.#end = end;
    const result = read();
    this.#at = before.at;
    this.#end = before.end;
    return result;
  }

  /** Goes to the next field of the message; false at its end. */
  next(where: string): boolean {
    if (this.#at >= this.#end) return false;
    this.#tagAt = this.#at;
    const tag = this.#varintLow(where);
    this.#field = tag >>> 3;
    this.#type = tag & 7;
    if (this.#high !== 0 || this.#field === 0) throw this.#bad(where, `tag ${tag}`, "a field");
    return true;
  }

  /** The number of the field at hand. */
  get field(): number {
    return this.#field;
  }

  /** Reads an inner message: `read` reads its fields until there is none. */
  message<T>(where: string, read: (reader: WireReader) => T): T {
    const outer = this.enter(where);
    const result = read(this);
    this.leave(outer);
    return result;
  }

  /** The same for who wants no closure: goes into the message of the field at hand; returns what {@link leave} wants. */
  enter(where: string): number {
    const length = this.#length(where);
    const outer = this.#end;
    this.#end = this.#at + length;
    return outer;
  }

  /** Goes on behind an inner message, of which all was read. */
  leave(outer: number): void {
    this.#end = outer;
  }

  text(where: string): string {
    const start = this.#take(this.#length(where));
    const end = this.#at;
    const short = end - start <= SHORT_TEXT ? texts.of(this.bytes, start, end) : undefined;
    if (short !== undefined) return short;
    try {
      return decoder.decode(this.bytes.subarray(start, end));
    } catch {
      throw this.#bad(where, "bytes that are not UTF-8", "text");
    }
  }

  /** Passes over bytes: a text, or a message that is read later. */
  skipBytes(where: string): void {
    this.#take(this.#length(where));
  }

  /** A copy. */
  copy(where: string): Uint8Array {
    const start = this.#take(this.#length(where));
    // Not by `slice`, which is a view of a Buffer.
    return new Uint8Array(this.bytes.subarray(start, this.#at));
  }

  double(where: string): number {
    this.#expect(FIXED64, where);
    return this.view.getFloat64(this.#take(8, where), true);
  }

  /** Whether the eight bytes that were read last are the stale marker, which no number can say. */
  wasStale(): boolean {
    return this.view.getUint32(this.#at - 4, true) === STALE_HIGH &&
      this.view.getUint32(this.#at - 8, true) === STALE_LOW;
  }

  /** fixed64, as near as a number is. */
  fixed64(where: string): number {
    this.#expect(FIXED64, where);
    return this.#fixed(where);
  }

  /** sfixed64, as near as a number is. */
  signedFixed64(where: string): number {
    this.#expect(FIXED64, where);
    const start = this.#take(8, where);
    return this.view.getInt32(start + 4, true) * TWO_32 + this.view.getUint32(start, true);
  }

  /** fixed64 of nanoseconds, in whole milliseconds. */
  timeMs(where: string): number {
    this.#expect(FIXED64, where);
    const start = this.#take(8, where);
    return msOf(this.view.getUint32(start + 4, true), this.view.getUint32(start, true));
  }

  /** The eight bytes that were read last as a whole number without a sign, as near as a number is. */
  lastFixed(): number {
    return this.view.getUint32(this.#at - 4, true) * TWO_32 +
      this.view.getUint32(this.#at - 8, true);
  }

  /** uint32, uint64 and enums, as near as a number is. */
  uint(where: string): number {
    this.#expect(VARINT, where);
    return this.#varint(where);
  }

  /** int64, exactly. */
  int64(where: string): bigint {
    this.#expect(VARINT, where);
    const low = this.#varintLow(where);
    if (this.#high === 0) return BigInt(low);
    return BigInt.asIntN(64, (BigInt(this.#high) << 32n) | BigInt(low));
  }

  /** sint32. */
  signed32(where: string): number {
    this.#expect(VARINT, where);
    const low = this.#varintLow(where);
    return (low >>> 1) ^ -(low & 1);
  }

  bool(where: string): boolean {
    return this.uint(where) !== 0;
  }

  /** A repeated field, packed or not: each element into `out`. */
  numbers(
    where: string,
    of: "double" | "fixed64" | "uint64",
    out: number[],
    budget: { elements(count: number): void },
  ): void {
    if (this.#type !== BYTES) {
      budget.elements(1);
      if (of === "double") out.push(this.double(where));
      else out.push(of === "fixed64" ? this.fixed64(where) : this.uint(where));
      return;
    }
    const end = this.#length(where) + this.#at;
    if (of !== "uint64" && (end - this.#at) % 8 !== 0) {
      throw this.#bad(where, `${end - this.#at} bytes`, "a list of eight bytes each");
    }
    const outer = this.#end;
    this.#end = end;
    while (this.#at < end) {
      budget.elements(1);
      if (of === "double") out.push(this.view.getFloat64(this.#take(8), true));
      else out.push(of === "fixed64" ? this.#fixed(where) : this.#varint(where));
    }
    this.#end = outer;
  }

  /** Passes over what is not known, as protobuf wants it. */
  skip(where: string): void {
    if (this.#type === VARINT) this.#varintLow(where);
    else if (this.#type === FIXED64) this.#take(8, where);
    else if (this.#type === BYTES) this.#take(this.#length(where));
    else if (this.#type === FIXED32) this.#take(4, where);
    else throw this.#bad(where, `wire type ${this.#type}`, "one of 0, 1, 2, 5");
  }

  #fixed(where: string): number {
    const start = this.#take(8, where);
    return this.view.getUint32(start + 4, true) * TWO_32 + this.view.getUint32(start, true);
  }

  #varint(where: string): number {
    const low = this.#varintLow(where);
    return this.#high * TWO_32 + low;
  }

  /** The lower half; the upper one is in `#high`. */
  #varintLow(where: string): number {
    const first = this.#at < this.#end ? this.bytes[this.#at]! : 0x80;
    if (first < 0x80) {
      this.#at++;
      this.#high = 0;
      return first;
    }
    let low = 0;
    let high = 0;
    for (let place = 0; place < VARINT_BYTES_MAX; place++) {
      if (this.#at >= this.#end) {
        throw this.#bad(where, "the end within a number", "the rest of it");
      }
      const byte = this.bytes[this.#at++]!;
      const bits = byte & 0x7f;
      if (place < 4) low |= bits << (7 * place);
      else if (place === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * place - 32);
      if (byte >= 0x80) continue;
      this.#high = high >>> 0;
      return low >>> 0;
    }
    throw this.#bad(where, "a number of more than ten bytes", "at most ten");
  }

  #length(where: string): number {
    this.#expect(BYTES, where);
    const length = this.#varint(where);
    if (length <= this.#end - this.#at) return length;
    throw this.#bad(
      where,
      `a length of ${length}`,
      `at most the ${this.#end - this.#at} that are left`,
    );
  }

  #take(bytes: number, where: string = ""): number {
    const start = this.#at;
    if (bytes > this.#end - start) {
      throw this.#bad(where, `${this.#end - start} bytes`, `the ${bytes} of a number`);
    }
    this.#at = start + bytes;
    return start;
  }

  #expect(type: number, where: string): void {
    if (this.#type === type) return;
    const got = NAMES[this.#type] ?? `wire type ${this.#type}`;
    throw this.#bad(where, got, NAMES[type]!);
  }

  #bad(where: string, got: string, wanted: string): Error {
    return badOtlp(`${where} at byte ${this.#at}`, got, wanted);
  }
}

/** Nanoseconds by the halves of a uint64, in whole milliseconds, exactly. */
function msOf(high: number, low: number): number {
  const rest = high * REST_OF_TWO_32 + low;
  return high * MS_OF_TWO_32 + (rest - rest % NANOSECONDS_A_MS) / NANOSECONDS_A_MS;
}
