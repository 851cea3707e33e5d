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

/** Without labels that count as absent, sorted. */
export function normalise(labels: readonly Label[]): Label[] {
  return labels.filter(({ value }) => value.length > 0)
    .sort((a, b) => compareBytes(a.name, b.name));
}

function show(name: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(name.subarray(0, 100)));
}

/** The rule that sorted labels break, in the kernel's words. */
export function brokenRule(labels: readonly Label[]): string | undefined {
  const bytes = labels.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  if (bytes > 1024 * 1024) return "labels over 1048576 bytes";
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
