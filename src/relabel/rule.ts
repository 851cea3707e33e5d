import { compareCodePoints } from "./compare.ts";

/** What a rule does. */
export type RelabelAction =
  | "replace"
  | "keep"
  | "drop"
  | "keepequal"
  | "dropequal"
  | "hashmod"
  | "labelmap"
  | "labeldrop"
  | "labelkeep"
  | "lowercase"
  | "uppercase";

/** All actions, in the order of Prometheus's documents. */
export const RELABEL_ACTIONS: readonly RelabelAction[] = [
  "replace",
  "lowercase",
  "uppercase",
  "keep",
  "drop",
  "keepequal",
  "dropequal",
  "hashmod",
  "labelmap",
  "labeldrop",
  "labelkeep",
];

/** What separates the values of `sourceLabels` where a rule does not say so. */
export const DEFAULT_SEPARATOR = ";";
/** The regular expression of a rule that has none: it matches everything. */
export const DEFAULT_REGEX = "(.*)";
/** What a rule writes that does not say so: all that matched. */
export const DEFAULT_REPLACEMENT = "$1";

/** One rule, checked (Prometheus, `relabel_config`). */
export interface RelabelRule {
  /** Undefined is none; whether an empty list was given matters to some actions. */
  readonly sourceLabels: readonly string[] | undefined;
  readonly separator: string;
  /** Undefined is the default, which is not the same to all actions as if it were given. */
  readonly regex: string | undefined;
  /** Of 64 bits, 0 is none; in digits where a number would not be exact. */
  readonly modulus: number | string;
  /** "" is none. */
  readonly targetLabel: string;
  readonly replacement: string;
  readonly action: RelabelAction;
}

/** Which label names are valid: any that is not empty, or letters, digits and `_` alone. */
export type LabelNames = "utf8" | "legacy";

/** A label: its name and its value. */
export type LabelPair = readonly [name: string, value: string];

/** Labels as pairs, by name in the order of their bytes. */
export function sortedPairs(labels: Readonly<Record<string, string>>): LabelPair[] {
  return Object.entries(labels).sort(([a], [b]) => compareCodePoints(a, b));
}
