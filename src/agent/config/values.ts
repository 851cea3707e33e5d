import type { Written } from "../../options/table.ts";
import type { Tree, TreeScalar } from "./tree.ts";

/** How YAML 1.1, which Prometheus reads, writes truth values beside `true` and `false`. */
export const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...["y", "yes", "on", "true"].map((word) => [word, true] as const),
  ...["n", "no", "off", "false"].map((word) => [word, false] as const),
].flatMap(([word, value]) =>
  [word, word[0]!.toUpperCase() + word.slice(1), word.toUpperCase()].map((one) =>
    [one, value] as const
  )
));

/** A value as the check of its option takes it; what is of the wrong kind is left to the check. */
export function toOption(tree: Tree, written: Written): unknown {
  if (tree.kind === "list") {
    const isOfTexts = written === "texts" || written === "paths";
    return tree.items.map((item) => isOfTexts ? toText(item) : toOption(item, "value"));
  }
  if (tree.kind === "map") {
    // Not through assignment, to which "__proto__" is no ordinary key.
    const toValue = written === "texts" ? toText : (inner: Tree) => toOption(inner, "value");
    return Object.fromEntries(
      Array.from(tree.entries, ([name, value]) => [name, toValue(value)]),
    );
  }
  if (tree.value === null && written === "template") return "";
  if (tree.value === null) return written === "texts" ? {} : null;
  if (written === "flag") return (tree.isQuoted ? undefined : FLAGS.get(tree.text)) ?? tree.value;
  if (written === "whole") return (tree.isQuoted ? undefined : wholeOf(tree.text)) ?? tree.value;
  if (written === "value" && !tree.isQuoted) return numberOf(tree.text) ?? tree.value;
  return written === "value" || written === "texts" ? tree.value : tree.text;
}

/** The numbers that YAML 1.1, which Prometheus reads, has beside those of YAML 1.2: `0400` is octal, `1_000` grouped. */
function numberOf(text: string): number | undefined {
  const plain = text.replaceAll("_", "");
  if (/^[-+]?0[0-7]+$/.test(plain)) return parseInt(plain, 8);
  return /^[-+]?\d[\d_]*_[\d_]*$/.test(text) ? Number(plain) : undefined;
}

/** A whole number as Go reads it, by its digits: `tree.value` has as many of them as fit. */
function wholeOf(text: string): bigint | undefined {
  const plain = text.replaceAll("_", "").toLowerCase();
  const [, sign = "", base = "", digits = ""] =
    /^([-+]?)(0x(?=[\da-f]+$)|0b(?=[01]+$)|0o?(?=[0-7]+$)|(?=\d+$))([\da-f]+)$/.exec(plain) ?? [];
  if (digits === "") return undefined;
  const whole = BigInt((base === "0" ? "0o" : base) + digits);
  return sign === "-" ? -whole : whole;
}

/** There is no value behind the key. */
export function isNothing(tree: Tree): boolean {
  return tree.kind === "scalar" && tree.value === null;
}

/** Nothing after the colon is an empty text here, as in Prometheus. */
function toText(tree: Tree): unknown {
  return tree.kind === "scalar" ? tree.text : toOption(tree, "texts");
}

/** The same tree with other texts; nothing stays nothing. */
export function mapScalars(tree: Tree, change: (scalar: TreeScalar) => string): Tree {
  if (tree.kind === "list") {
    return { ...tree, items: tree.items.map((item) => mapScalars(item, change)) };
  }
  if (tree.kind === "map") {
    const entries = Array.from(
      tree.entries,
      ([name, value]) => [name, mapScalars(value, change)] as const,
    );
    return { ...tree, entries: new Map(entries) };
  }
  return isNothing(tree) ? tree : { ...tree, text: change(tree) };
}

/** A value as an error message calls it: never what it is, which can be a secret. */
export function nameOfTree(tree: Tree): string {
  if (tree.kind === "list") return "a list";
  if (tree.kind === "map") return "a map";
  return tree.value === null ? "nothing" : "a single value";
}
