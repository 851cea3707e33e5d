import { check, namedMap } from "../../checks.ts";
import { kindOf } from "../../kinds.ts";
import type { Kind } from "../../table.ts";

type TextLists = Readonly<Record<string, readonly string[]>>;

/** A map of the user's own names to lists of texts. */
export function textLists(): Kind<TextLists, TextLists> {
  const values = check("a list of texts", (input): readonly string[] | undefined => {
    // Nothing after the colon.
    if (input === "") return [];
    const isList = Array.isArray(input) && input.every((one) => typeof one === "string");
    return isList ? input : undefined;
  });
  const type = "Readonly<Record<string, readonly string[]>>";
  return kindOf<TextLists, TextLists>(namedMap(() => undefined, values), type, "texts");
}
