import { shownUrl } from "../../shown_url.ts";
import type { TreeScalar } from "./tree.ts";

/** Whether it is a number with more digits than one of JavaScript has. */
export function hasManyDigits({ value }: Pick<TreeScalar, "value">): boolean {
  return typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

/** What is wrong with such a number, as it is written: what it was read as may be another. */
export function withDigits(message: string, { value, text }: TreeScalar): string {
  return message.replace(`got ${String(value)},`, () => `got ${text},`);
}

/** What is wrong with a value, with its references in the place of what the environment has, which can be secret. */
export function withoutValues(
  message: string,
  { reference, text }: Pick<TreeScalar, "reference" | "text">,
): string {
  if (reference === undefined) return message;
  const shown = JSON.stringify(shownUrl(reference));
  return message
    .replace(/^got (?:"(?:[^"\\]|\\.)*"|true|false|-?\d[^,]*),/, () => `got ${shown},`)
    .replaceAll(JSON.stringify(text), () => shown)
    // What a pattern's compiler says quotes parts of it.
    .replace(/`[^`]*`/g, "...");
}
