import type { AskDns } from "../../src/contracts.ts";

export const TYPES: Readonly<Record<string, number>> = { A: 1, NS: 2, MX: 15, AAAA: 28, SRV: 33 };

/** Records as they are asked for: by name and type, such as "host.example. A". */
export type Zone = Readonly<Record<string, readonly Uint8Array[]>>;

/** A question as a server sees it. */
export interface SeenQuestion {
  readonly name: string;
  readonly type: string;
}

export function word(value: number): number[] {
  return [value >> 8, value & 0xff];
}

export function nameBytes(name: string): number[] {
  const labels = name.split(".").filter((label) => label !== "");
  return [...labels.flatMap((label) => [label.length, ...new TextEncoder().encode(label)]), 0];
}

export function srv(port: number, target: string): Uint8Array {
  return Uint8Array.from([...word(1), ...word(2), ...word(port), ...nameBytes(target)]);
}

export function mx(target: string): Uint8Array {
  return Uint8Array.from([...word(10), ...nameBytes(target)]);
}

export function questionIn(query: Uint8Array): SeenQuestion {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at++]!; length > 0; length = query[at++]!) {
    labels.push(new TextDecoder().decode(query.subarray(at, at += length)));
  }
  const number = query[at]! << 8 | query[at + 1]!;
  const [type = "?"] = Object.entries(TYPES).find(([, value]) => value === number) ?? [];
  return { name: `${labels.join(".")}.`, type };
}

/** An answer with these records, behind an alias, with names as pointers to the question. */
export function answerTo(
  query: Uint8Array,
  records: readonly Uint8Array[],
  { code = 0, isTruncated = false }: { code?: number; isTruncated?: boolean } = {},
): Uint8Array {
  const { type, name } = questionIn(query);
  const question = query.subarray(12, 12 + nameBytes(name).length + 4);
  const flags = 0x8180 | code | (isTruncated ? 0x0200 : 0);
  const alias = nameBytes("alias.example");
  const head = (kind: number, length: number): number[] => [
    ...[0xc0, 12],
    ...word(kind),
    ...word(1),
    ...[0, 0, 0, 60],
    ...word(length),
  ];
  const count = records.length === 0 ? 0 : records.length + 1;
  return Uint8Array.from([
    ...query.subarray(0, 2),
    ...word(flags),
    ...word(1),
    ...word(count),
    ...word(0),
    ...word(0),
    ...question,
    ...(count === 0 ? [] : [...head(5, alias.length), ...alias]),
    ...records.flatMap((data) => [...head(TYPES[type]!, data.length), ...data]),
  ]);
}

/** Name servers that know a zone; what is not in it is no name. */
export function servers(zone: Zone, seen: (SeenQuestion & { address: string })[] = []): AskDns {
  return (server, query) => {
    const question = questionIn(query);
    seen.push({ ...question, address: server.address });
    const records = zone[`${question.name} ${question.type}`];
    return Promise.resolve(
      records === undefined ? answerTo(query, [], { code: 3 }) : answerTo(query, records),
    );
  };
}
