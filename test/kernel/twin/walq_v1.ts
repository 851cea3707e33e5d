/** Reads `walq.metrics.v1`, slowly, as docs/format.md has it. Throws on whatever is not so. */
import type { LabelPairs } from "../../support/signals.ts";

/** A row of the file. */
export interface FileRow {
  readonly kind: "sample" | "histogram" | "custom_histogram" | "exemplar";
  readonly labels: LabelPairs;
  readonly timestampMs: bigint;
  readonly startMs: bigint;
  /** Set for samples and exemplars. */
  readonly bits: bigint;
  /** Set for histograms. */
  readonly histogram: Uint8Array;
  /** Set for exemplars. */
  readonly exemplarLabels: LabelPairs;
}

export interface FileContent {
  readonly rows: readonly FileRow[];
  readonly metadata: readonly { family: string; type: number; help: string; unit: string }[];
  /** From which row on an entry of metadata counts. */
  readonly switches: readonly { row: number; entry: number }[];
}

const KINDS = ["sample", "histogram", "custom_histogram", "exemplar"] as const;
const U64 = (1n << 64n) - 1n;

function fail(what: string): never {
  throw new Error(what);
}

/** A run of bytes, read from its start. */
class Column {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? fail("a column is too short");
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) fail("a column is too short");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value <= U64 ? value : fail("a varint over 64 bits");
    }
    return fail("a varint over ten bytes");
  }

  count(): number {
    return Number(this.varint());
  }

  zigzag(): bigint {
    return unzigzag(this.varint());
  }

  get isEmpty(): boolean {
    return this.#at === this.#bytes.length;
  }
}

function unzigzag(value: bigint): bigint {
  return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
}

/** Data, uncompressed. */
export function readWalqV1(data: Uint8Array): FileContent {
  const all = new Column(data);
  if (new TextDecoder().decode(all.take(4)) !== "WALQ" || all.byte() !== 1) fail("no header");
  const [strings, shapes, sets, rows, entries] = Array.from({ length: 5 }, () => all.count()) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const sections = new Map<number, Column>();
  let last = 0;
  while (!all.isEmpty) {
    const id = all.byte();
    if (id <= last && id < 128) fail("sections out of order");
    if (id > 14 && id < 128) fail("an unknown section");
    last = Math.max(last, Math.min(id, 127));
    const section = new Column(all.take(all.count()));
    if (id <= 128) sections.set(id, section);
  }
  const at = (id: number): Column => sections.get(id) ?? new Column(new Uint8Array());
  const names = new Names(readStrings(at(1), at(2), strings));
  const shapeNames = Array.from(
    { length: shapes },
    () => Array.from({ length: at(3).count() }, () => names.reference(at(3).varint())),
  );
  const labels = readSets(at(4), at(5), shapeNames, sets, names);
  const content = {
    rows: readRows(at, rows, labels, names),
    metadata: Array.from({ length: entries }, () => ({
      family: names.reference(at(14).varint()),
      type: at(14).count(),
      help: names.optional(at(14).varint()),
      unit: names.optional(at(14).varint()),
    })),
    switches: readSwitches(at(128)),
  };
  for (const [id, section] of sections) if (!section.isEmpty) fail(`section ${id} is too long`);
  if (names.named !== strings) fail("a string that nothing names");
  return content;
}

function readSwitches(column: Column): FileContent["switches"] {
  const switches: { row: number; entry: number }[] = [];
  while (!column.isEmpty) {
    const row = (switches.at(-1)?.row ?? 0) + column.count();
    switches.push({ row, entry: column.count() });
  }
  return switches;
}

/** Strings, as references name them. */
class Names {
  readonly #strings: readonly string[];
  named = 0;

  constructor(strings: readonly string[]) {
    this.#strings = strings;
  }

  reference(back: bigint): string {
    if (back === 0n) this.named++;
    else if (back > BigInt(this.named)) fail("a reference to nothing");
    const number = back === 0n ? this.named - 1 : this.named - Number(back);
    return this.#strings[number] ?? fail("more strings named than there are");
  }

  optional(code: bigint): string {
    return code === 0n ? "" : this.reference(code - 1n);
  }
}

function readStrings(lengths: Column, bytes: Column, count: number): string[] {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return Array.from({ length: count }, () => decoder.decode(bytes.take(lengths.count())));
}

function readSets(
  shapeColumn: Column,
  values: Column,
  shapes: readonly (readonly string[])[],
  count: number,
  names: Names,
): LabelPairs[] {
  const shapeOf = Array.from({ length: count }, () => shapeColumn.count());
  const sets = shapeOf.map((shape) =>
    (shapes[shape] ?? fail("no such shape")).map((name) => [name, ""] as [string, string])
  );
  const most = Math.max(0, ...sets.map((set) => set.length));
  for (let label = 0; label < most; label++) {
    const before = new Map<number, string>();
    sets.forEach((set, index) => {
      if (label >= set.length) return;
      const code = values.varint();
      const shape = shapeOf[index]!;
      const value = code === 0n
        ? before.get(shape) ?? fail("no set before with this shape")
        : names.reference(code - 1n);
      set[label]![1] = value;
      before.set(shape, value);
    });
  }
  return sets;
}

function readRows(
  at: (id: number) => Column,
  count: number,
  labels: readonly LabelPairs[],
  names: Names,
): FileRow[] {
  const kinds: number[] = [];
  while (kinds.length < count) {
    const kind = at(6).count();
    const run = at(6).count();
    if (kind > 3 || run < 1 || run > count - kinds.length) fail("a run of kinds");
    for (let i = 0; i < run; i++) kinds.push(kind);
  }
  const starts = readStarts(at(11), count);
  const lengths = kinds.map((kind) => kind === 1 || kind === 2 ? at(12).count() : -1);
  const lastOfSet = new Map<number, bigint>();
  let nextSet = 0;
  let timestampMs = 0n;
  return kinds.map((kind, row) => {
    const set = nextSet + Number(at(7).zigzag());
    nextSet = set + 1;
    timestampMs = BigInt.asIntN(64, timestampMs + at(8).zigzag());
    const isHistogram = kind === 1 || kind === 2;
    const reference = kind === 3 ? 0n : lastOfSet.get(set) ?? 0n;
    const bits = isHistogram ? 0n : readValue(at(9).byte(), at(10), reference);
    if (kind === 0) lastOfSet.set(set, bits);
    return {
      kind: KINDS[kind]!,
      labels: labels[set] ?? fail("no such set"),
      timestampMs,
      startMs: starts[row]!,
      bits,
      histogram: isHistogram ? at(12).take(lengths[row]!) : new Uint8Array(),
      exemplarLabels: kind === 3 ? readExemplar(at(13), names) : [],
    };
  });
}

function readExemplar(column: Column, names: Names): LabelPairs {
  return Array.from(
    { length: column.count() },
    () => [names.reference(column.varint()), names.reference(column.varint())] as const,
  );
}

function readStarts(column: Column, count: number): bigint[] {
  const starts = new Array<bigint>(count).fill(0n);
  if (column.isEmpty) return starts;
  const started: number[] = [];
  for (let row = 0, has = false; row < count; has = !has) {
    const run = column.count();
    if (run > count - row) fail("a run of starts");
    for (const end = row + run; row < end; row++) if (has) started.push(row);
  }
  let last = 0n;
  for (const row of started) {
    last = BigInt.asIntN(64, last + column.zigzag());
    starts[row] = last;
  }
  return starts;
}

function readValue(control: number, bytes: Column, reference: bigint): bigint {
  if (control === 0) return reference;
  const length = control & 0x0f;
  const shift = (control >> 4) & 7;
  const isInteger = control >= 0x80;
  const isSound = isInteger
    ? shift === 0 && length >= 1 && length <= 7
    : length >= 1 && shift + length <= 8;
  if (!isSound) fail(`control byte ${control}`);
  let word = 0n;
  for (const [place, byte] of bytes.take(length).entries()) {
    word |= BigInt(byte) << BigInt(8 * place);
  }
  if (!isInteger) return reference ^ (word << BigInt(8 * shift));
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, reference);
  const value = view.getFloat64(0);
  if (!Number.isInteger(value) || Math.abs(value) > 2 ** 53 || Object.is(value, -0)) {
    fail("a difference to what is no integer");
  }
  const sum = BigInt(value) + unzigzag(word);
  if (sum > 1n << 53n || sum < -(1n << 53n)) fail("a difference out of range");
  view.setFloat64(0, Number(sum));
  return view.getBigUint64(0);
}
