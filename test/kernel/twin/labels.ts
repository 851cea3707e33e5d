/** The rules for label sets, and their hash by another implementation of xxh64. */
import xxhash from "xxhash-wasm";
import { compareBytes, concat, isUtf8, keyOf, type Label } from "./model.ts";

const hasher = await xxhash();

export function hashOfBytes(bytes: Uint8Array): bigint {
  return hasher.h64Raw(bytes);
}

export function hashOf(labels: readonly Label[]): bigint {
  return hashOfBytes(concat(labels.flatMap(({ name, value }) => [name, [0xff], value, [0xff]])));
}

const U64 = (1n << 64n) - 1n;

/** The shard that a series belongs to: asm/requests/shard_hash.ts, written once more. */
export function shardOf(labels: readonly Label[], shards: number): number {
  let sum = 0n;
  for (const { name, value } of labels) {
    if (name.length === 0 || value.length === 0) continue;
    const hash = hashOfBytes(value);
    const turned = ((hash << 29n) | (hash >> 35n)) & U64;
    sum = (sum + (hashOfBytes(name) ^ turned) * 0x9e37_79b9_7f4a_7c15n) & U64;
  }
  const mixed = ((sum ^ (sum >> 29n)) * 0xbf58_476d_1ce4_e5b9n) & U64;
  return shards === 1 ? 0 : Number(mixed >> 33n) % shards;
}

/** Without labels that count as absent, sorted. */
export function normalise(labels: readonly Label[]): Label[] {
  return labels.filter(({ value }) => value.length > 0)
    .sort((a, b) => compareBytes(a.name, b.name));
}

/** A name in a message. */
export function show(name: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(name.subarray(0, 100)));
}

/** The rule that sorted labels break, in the kernel's words. */
export function brokenRule(labels: readonly Label[]): string | undefined {
  const bytes = labels.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  if (bytes > 1024 * 1024) return "labels or a histogram over 1048576 bytes";
  if (labels.some(({ name }) => name.length === 0)) return "empty label name";
  for (let i = 1; i < labels.length; i++) {
    if (compareBytes(labels[i - 1]!.name, labels[i]!.name) === 0) {
      return `label ${show(labels[i]!.name)} twice`;
    }
  }
  if (!labels.some(({ name }) => keyOf(name) === "__name__")) return 'no label "__name__"';
  for (const { name, value } of labels) {
    if (!isUtf8(name)) return `label name ${show(name)} is not UTF-8`;
    if (!isUtf8(value)) return `value of label ${show(name)} is not UTF-8`;
  }
  return undefined;
}
