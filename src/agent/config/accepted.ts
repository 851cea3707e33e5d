import type { Tree } from "./tree.ts";

/** What becomes of a key that loads and sets nothing: it is refused, or told in the log, or neither. */
export type Verdict = { readonly is: "refused" | "warn" | "info"; readonly message: string };

/** Judges the value of such a key; undefined is for what walq does anyway. */
export type Accept = (value: Tree) => Verdict | undefined;

/** Any value, with a line in the log that says why nothing comes of it. */
export function noted(message: string): Accept {
  return () => ({ is: "info", message });
}

/** True or false, each with its verdict; the one that is not named is what walq does anyway. */
export function flagged(verdicts: { readonly true?: Verdict; readonly false?: Verdict }): Accept {
  return (tree) => {
    const value = tree.kind === "scalar" ? tree.value : undefined;
    if (value === true) return verdicts.true;
    if (value === false) return verdicts.false;
    return { is: "refused", message: "expected true or false" };
  };
}

/** One text that walq does anyway, and no other. */
export function only(text: string, message: string): Accept {
  return (tree) => tree.kind === "scalar" && tree.text === text ? undefined : refused(message);
}

/** A map of such keys, each with its own judge; one that has none is refused. */
export function blockOf(accepted: Readonly<Record<string, Accept>>, message: string): Accept {
  return (tree) => {
    if (tree.kind === "scalar" && tree.value === null) return undefined;
    if (tree.kind !== "map") return refused(message);
    for (const [name, value] of tree.entries) {
      const accept = Object.hasOwn(accepted, name) ? accepted[name] : undefined;
      const verdict = accept === undefined ? refused(message) : accept(value);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  };
}

/** The key is not supported with this value. */
export function refused(message: string): Verdict {
  return { is: "refused", message: `not supported: ${message}` };
}

/** It loads, and somebody should know that walq does something else. */
export function warned(message: string): Verdict {
  return { is: "warn", message };
}
