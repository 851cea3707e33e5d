import * as v from "valibot";
import type { AnyKind } from "../../options/table.ts";
import type { Tree, TreeMap } from "./tree.ts";
import { withDigits, withoutValues } from "./without_values.ts";
import { isNothing, nameOfTree, toOption } from "./values.ts";

/** What becomes of a key that loads and sets nothing: it is refused, or told in the log. */
export interface Verdict {
  readonly is: "refused" | "warn" | "info";
  readonly message: string;
  /** Where in the value, behind the key itself: `.tsdb.retention`. Empty for all of it. */
  readonly key: string;
  readonly place: string;
  /** It is a key that nobody knows: whether its name may be shown is for who tells it. */
  readonly unknown?: { readonly name: string; readonly value: Tree };
}

/** A key that loads and sets nothing. */
export interface Accept {
  /** Judges its value; there is nothing to say of what walq does anyway. */
  readonly judge: (value: Tree) => readonly Verdict[];
  /** The same, for the documents. */
  readonly doc: string;
}

type Told = Pick<Verdict, "is" | "message">;

/** A value of this kind, if any is named, with a line in the log that says why nothing comes of it. */
export function noted(message: string, kind?: AnyKind): Accept {
  return {
    judge: (tree) => wrongIn(tree, kind) ?? told(tree, { is: "info", message }),
    doc: `loads: ${message}`,
  };
}

/** True or false, each with its verdict; the one that is not named is what walq does anyway. */
export function flagged(verdicts: { readonly true?: Told; readonly false?: Told }): Accept {
  const docs = ["true", "false"] as const;
  return {
    judge: (tree) => {
      const value = toOption(tree, "flag");
      if (isNothing(tree)) return [];
      if (value === true) return told(tree, verdicts.true);
      if (value === false) return told(tree, verdicts.false);
      return told(tree, { is: "refused", message: "expected true or false" });
    },
    doc: docs.map((value) => `\`${value}\` ${docOf(verdicts[value])}`).join("; "),
  };
}

function docOf(verdict: Told | undefined): string {
  if (verdict === undefined) return "loads";
  return verdict.is === "refused" ? verdict.message : `loads, but ${verdict.message}`;
}

/** A list or a map with nothing in it says what walq does anyway, and nothing else does. */
export function emptyOnly(message: string): Accept {
  const isEmpty = (tree: Tree): boolean => {
    if (tree.kind === "list") return tree.items.length === 0;
    return tree.kind === "map" ? [...tree.entries.values()].every(isEmpty) : isNothing(tree);
  };
  return {
    judge: (tree) => isEmpty(tree) ? [] : told(tree, refused(message)),
    doc: `an empty one loads; else ${refused(message).message}`,
  };
}

/** Tells what is wrong between values that are each fine. */
type Rule = (valueOf: (name: string) => unknown) => string | undefined;

/** What the values of a block are: kinds, or blocks of them. */
export interface Shape {
  readonly [name: string]: AnyKind | Shape;
}

/** A block of Prometheus's that is checked as it checks it, with one line in the log. */
export function notedBlock(message: string, shape: Shape, rule?: Rule): Accept {
  return {
    judge: (tree) => {
      const wrong = wrongInBlock(tree, shape);
      if (wrong.length > 0) return wrong;
      const broken = tree.kind === "map" ? rule?.(valuesOf(tree, shape)) : undefined;
      if (broken !== undefined) return told(tree, { is: "refused", message: broken });
      return told(tree, { is: "info", message });
    },
    doc: `loads: ${message}`,
  };
}

/** A block of Prometheus's that is checked as it checks it, and works here as it is. */
export function checkedBlock(does: string, shape: Shape, rule?: Rule): Accept {
  const { judge } = notedBlock("", shape, rule);
  return { judge: (tree) => judge(tree).filter(({ is }) => is === "refused"), doc: does };
}

function wrongInBlock(tree: Tree, shape: Shape): readonly Verdict[] {
  if (isNothing(tree)) return [];
  if (tree.kind !== "map") {
    const message = `got ${nameOfTree(tree)}, expected a map`;
    return told(tree, { is: "refused", message });
  }
  return [...tree.entries].flatMap(([name, value]) => {
    const inner = Object.hasOwn(shape, name) ? shape[name]! : undefined;
    if (inner === undefined) {
      const message = `expected one of ${Object.keys(shape).join(", ")}`;
      return told(value, { is: "refused", message }).map((one) => ({
        ...one,
        unknown: { name, value },
      }));
    }
    const wrong = isKind(inner) ? wrongIn(value, inner) ?? [] : wrongInBlock(value, inner);
    return wrong.map((one) => ({ ...one, key: `.${name}${one.key}` }));
  });
}

function valuesOf({ entries }: TreeMap, shape: Shape): (name: string) => unknown {
  return (name) => {
    const value = entries.get(name);
    const kind = shape[name];
    return value === undefined || kind === undefined || !isKind(kind)
      ? undefined
      : toOption(value, kind.written);
  };
}

function isKind(one: AnyKind | Shape): one is AnyKind {
  return typeof one["check"] === "object" && typeof one["written"] === "string";
}

/** What is wrong with a value of that kind; a key with nothing behind it is not given. */
function wrongIn(tree: Tree, kind: AnyKind | undefined): readonly Verdict[] | undefined {
  if (kind === undefined || isNothing(tree)) return undefined;
  const { issues } = v.safeParse(kind.check, toOption(tree, kind.written));
  if (issues === undefined) return undefined;
  const [{ message, path: [step] = [] }] = issues;
  const name = String(step?.key);
  const entry = tree.kind === "map" ? tree.entries.get(name) : undefined;
  if (entry !== undefined) {
    return told(entry, { is: "refused", message }).map((one) => ({ ...one, key: `.${name}` }));
  }
  const shown = tree.kind === "scalar" ? withoutValues(withDigits(message, tree), tree) : message;
  return told(tree, { is: "refused", message: shown });
}

function told({ place }: Tree, verdict: Told | undefined): Verdict[] {
  return verdict === undefined ? [] : [{ ...verdict, key: "", place }];
}

/** The key is not supported with this value. */
export function refused(message: string): Told {
  return { is: "refused", message: `not supported: ${message}` };
}

/** It loads, and somebody should know that walq does something else. */
export function warned(message: string): Told {
  return { is: "warn", message };
}
