/** Messages of the domain name system: RFC 1035, section 4; SRV by RFC 2782, AAAA by RFC 3596, the size of an answer by RFC 6891. */
import type { DnsRecordType } from "../../options/resolved_scrape.ts";

/** The numbers of the types. */
const TYPES: Readonly<Record<DnsRecordType, number>> = { A: 1, NS: 2, MX: 15, AAAA: 28, SRV: 33 };
const CLASS_IN = 1;
const TYPE_OPT = 41;
const HEAD_BYTES = 12;
const RECURSION_DESIRED = 0x0100;
const IS_RESPONSE = 0x8000;
const IS_TRUNCATED = 0x0200;
const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;
/** How large an answer over UDP may be. */
const UDP_BYTES_MAX = 4096;

/** What a record says. A name is without the dot at its end. */
export type DnsRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "MX" | "NS"; readonly target: string }
  | { readonly type: "SRV"; readonly target: string; readonly port: number };

/** An answer to a question. */
export interface DnsAnswer {
  /** 0 is that all is well, 3 that there is no such name (NXDOMAIN). */
  readonly code: number;
  /** There is more than came over UDP. */
  readonly isTruncated: boolean;
  /** Of the type that was asked for, in their order. */
  readonly records: readonly DnsRecord[];
}

/** A question for the records of a name. @throws {TypeError} for what is no name. */
export function encodeQuery(id: number, name: string, type: DnsRecordType): Uint8Array {
  const labels = name.replace(/\.$/, "").split(".").map((label) => new TextEncoder().encode(label));
  const isName = labels.every(({ length }) => length > 0 && length <= LABEL_BYTES_MAX);
  const nameBytes = labels.reduce((sum, { length }) => sum + 1 + length, 1);
  if (!isName || nameBytes > NAME_BYTES_MAX) {
    throw new TypeError(`${JSON.stringify(name)} is no name of a domain`);
  }
  const bytes: number[] = [...word(id), ...word(RECURSION_DESIRED), ...word(1)];
  bytes.push(...word(0), ...word(0), ...word(1));
  for (const label of labels) bytes.push(label.length, ...label);
  bytes.push(0, ...word(TYPES[type]), ...word(CLASS_IN));
  // An empty name, the type, the size, four bytes of flags and no data.
  bytes.push(0, ...word(TYPE_OPT), ...word(UDP_BYTES_MAX), 0, 0, 0, 0, ...word(0));
  return Uint8Array.from(bytes);
}

/** @throws {TypeError} for what is no answer. */
export function decodeAnswer(bytes: Uint8Array, type: DnsRecordType): DnsAnswer {
  const reader = new MessageReader(bytes);
  reader.word();
  const flags = reader.word();
  if ((flags & IS_RESPONSE) === 0) throw new TypeError("the message is no answer");
  const [questions, answers] = [reader.word(), reader.word()];
  reader.at = HEAD_BYTES;
  const code = flags & 0xf;
  const isTruncated = (flags & IS_TRUNCATED) !== 0;
  if (isTruncated) return { code, isTruncated, records: [] };
  for (let i = 0; i < questions; i++) {
    reader.name();
    reader.skip(4);
  }
  const records: DnsRecord[] = [];
  for (let i = 0; i < answers; i++) {
    const record = reader.record(type);
    if (record !== undefined) records.push(record);
  }
  return { code, isTruncated, records };
}

function word(value: number): [number, number] {
  return [value >> 8 & 0xff, value & 0xff];
}

class MessageReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  word(): number {
    return this.#byte() << 8 | this.#byte();
  }

  skip(count: number): void {
    this.at += count;
    if (this.at > this.#bytes.length) throw cutOff();
  }

  /** What follows a pointer is read elsewhere; pointers only lead back, so it ends. */
  name(): string {
    const labels: string[] = [];
    let end: number | undefined;
    for (let length = this.#byte(); length !== 0; length = this.#byte()) {
      if (length > LABEL_BYTES_MAX) {
        const here = this.at - 1;
        const to = (length & 0x3f) << 8 | this.#byte();
        if ((length & 0xc0) !== 0xc0 || to >= here) throw new TypeError("a name in it is none");
        end ??= this.at;
        this.at = to;
        continue;
      }
      const start = this.at;
      this.skip(length);
      labels.push(String.fromCharCode(...this.#bytes.subarray(start, this.at)));
      // A circle of labels and pointers has no end.
      if (labels.length > NAME_BYTES_MAX / 2) throw new TypeError("a name in it is too long");
    }
    if (end !== undefined) this.at = end;
    return labels.join(".");
  }

  /** Undefined for a record of another type, as that of an alias is. */
  record(type: DnsRecordType): DnsRecord | undefined {
    this.name();
    const isAsked = this.word() === TYPES[type];
    this.skip(6);
    const length = this.word();
    const end = this.at + length;
    const record = isAsked ? this.#data(type, length) : undefined;
    this.at = end;
    this.skip(0);
    return record;
  }

  #data(type: DnsRecordType, length: number): DnsRecord {
    switch (type) {
      case "A":
        return { type, address: Array.from(this.#take(length, 4)).join(".") };
      case "AAAA":
        return { type, address: ipv6Text(this.#take(length, 16)) };
      case "NS":
        return { type, target: this.name() };
      case "MX":
        this.skip(2);
        return { type, target: this.name() };
      case "SRV": {
        this.skip(4);
        const port = this.word();
        return { type, target: this.name(), port };
      }
    }
  }

  #take(length: number, expected: number): Uint8Array {
    if (length !== expected) throw new TypeError("an address in it has a wrong size");
    const start = this.at;
    this.skip(length);
    return this.#bytes.subarray(start, this.at);
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw cutOff();
    return byte;
  }
}

function cutOff(): TypeError {
  return new TypeError("the message is cut off");
}

/** As Go and RFC 5952 write it: the longest run of zeros is "::", and IPv4 in IPv6 is IPv4. */
function ipv6Text(bytes: Uint8Array): string {
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff && bytes[11] === 0xff;
  if (isMapped) return Array.from(bytes.subarray(12)).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8 | bytes[2 * i + 1]!));
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]/`)
    .hostname.slice(1, -1);
}
