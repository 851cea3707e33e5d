import { shownUrl } from "../../shown_url.ts";
import type { TreeScalar } from "./tree.ts";

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
