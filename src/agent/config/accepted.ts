import type { Tree } from "./tree.ts";

/** What becomes of a key that loads and sets nothing: it is refused, or told in the log, or neither. */
export type Verdict = { readonly is: "refused" | "warn" | "info"; readonly message: string };

/** A key that loads and sets nothing. */
export interface Accept {
  /** Judges its value; undefined is for what walq does anyway. */
  readonly judge: (value: Tree) => Verdict | undefined;
  /** The same, for the documents. */
  readonly doc: string;
}

/** Any value, with a line in the log that says why nothing comes of it. */
export function noted(message: string): Accept {
  return { judge: () => ({ is: "info", message }), doc: `loads: ${message}` };
}

/** True or false, each with its verdict; the one that is not named is what walq does anyway. */
export function flagged(verdicts: { readonly true?: Verdict; readonly false?: Verdict }): Accept {
  const docs = ["true", "false"] as const;
  return {
    judge: (tree) => {
      const value = tree.kind === "scalar" ? tree.value : undefined;
      if (value === true) return verdicts.true;
      if (value === false) return verdicts.false;
      return { is: "refused", message: "expected true or false" };
    },
    doc: docs.map((value) => `\`${value}\` ${docOf(verdicts[value])}`).join("; "),
  };
}

function docOf(verdict: Verdict | undefined): string {
  if (verdict === undefined) return "loads";
  return verdict.is === "refused" ? verdict.message : `loads, but ${verdict.message}`;
}

/** One text that walq does anyway, and no other. */
export function only(text: string, message: string): Accept {
  return {
    judge: (tree) => tree.kind === "scalar" && tree.text === text ? undefined : refused(message),
    doc: `\`${text}\` loads; else ${refused(message).message}`,
  };
}

/** A map of such keys, each with its own judge; one that has none is refused. */
export function blockOf(accepted: Readonly<Record<string, Accept>>, message: string): Accept {
  const docs = Object.entries(accepted).map(([name, { doc }]) => `\`${name}\`: ${doc}; `);
  return {
    judge: (tree) => {
      if (tree.kind === "scalar" && tree.value === null) return undefined;
      if (tree.kind !== "map") return refused(message);
      for (const [name, value] of tree.entries) {
        const accept = Object.hasOwn(accepted, name) ? accepted[name] : undefined;
        const verdict = accept === undefined ? refused(message) : accept.judge(value);
        if (verdict !== undefined) return verdict;
      }
      return undefined;
    },
    doc: `an empty one loads; ${docs.join("")}all else ${refused(message).message}`,
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
