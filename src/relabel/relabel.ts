/**
 * Relabeling, as `relabel.ProcessBuilder` of Prometheus does it: rules, one after the
 * other, that change the labels of a set or drop it.
 */
import { LabelBuilder, LabelsTooLarge } from "./label_builder.ts";
import { Known } from "./known.ts";
import { isLabelName } from "./label_name.ts";
import { toLower, toUpper } from "./letter_case.ts";
import { md5Tail } from "./md5.ts";
import { Pattern } from "./pattern.ts";
import { DEFAULT_REGEX, type LabelNames, type LabelPair, type RelabelRule } from "./rule.ts";
import { Template } from "./template.ts";

/** What rules may make of a label set, in UTF-16 units: as much as a series may bring with it. */
export const RELABELED_LENGTH_MAX: number = 1024 * 1024;

/** What became of a label set: its labels, or why it has none. */
export type Relabeled = readonly LabelPair[] | "dropped" | "too_large";

/** Changes the labels, or says that the set is dropped. */
type Step = (labels: LabelBuilder) => "kept" | "dropped";

/** Rules that are ready to be applied. */
export class Relabeler {
  readonly #steps: readonly Step[];
  readonly #builder: LabelBuilder;

  /** The rules must have been checked. @param lengthMax beyond which a label set is "too_large" */
  constructor(
    rules: readonly RelabelRule[],
    names: LabelNames,
    lengthMax: number = RELABELED_LENGTH_MAX,
  ) {
    this.#builder = new LabelBuilder(lengthMax);
    this.#steps = rules.map((rule) => stepOf(rule, names));
  }

  /**
   * Applies the rules to labels that are in order, of which no name comes twice and no
   * value is empty. `added` are set first, where there is no such label. What comes
   * back is in no order; it is `labels` itself if nothing was changed. No label left is
   * no series: "dropped".
   */
  apply(labels: readonly LabelPair[], added: readonly LabelPair[] = []): Relabeled {
    const builder = this.#builder;
    builder.reset(labels);
    try {
      for (const [name, value] of added) if (builder.get(name) === "") builder.set(name, value);
      for (const step of this.#steps) if (step(builder) === "dropped") return "dropped";
    } catch (error) {
      if (error instanceof LabelsTooLarge) return "too_large";
      throw error;
    }
    const left = builder.labels();
    return left.length === 0 ? "dropped" : left;
  }
}

function stepOf(rule: RelabelRule, names: LabelNames): Step {
  const { action, targetLabel } = rule;
  const source = sourceOf(rule);
  const changes = (change: (labels: LabelBuilder) => void): Step => (labels) => {
    change(labels);
    return "kept";
  };
  const dropsIf = (isDropped: (labels: LabelBuilder) => boolean): Step => (labels) =>
    isDropped(labels) ? "dropped" : "kept";
  switch (action) {
    case "keepequal":
      return dropsIf((labels) => labels.get(targetLabel) !== source(labels));
    case "dropequal":
      return dropsIf((labels) => labels.get(targetLabel) === source(labels));
    case "lowercase":
      return changes((labels) => labels.set(targetLabel, toLower(source(labels))));
    case "uppercase":
      return changes((labels) => labels.set(targetLabel, toUpper(source(labels))));
    case "hashmod": {
      const modulus = BigInt(rule.modulus);
      return changes((labels) => {
        labels.set(targetLabel, String(md5Tail(source(labels)) % modulus));
      });
    }
  }
  const pattern = new Pattern(rule.regex ?? DEFAULT_REGEX);
  const replacement = new Template(rule.replacement);
  switch (action) {
    case "keep":
      return dropsIf((labels) => !pattern.matches(source(labels)));
    case "drop":
      return dropsIf((labels) => pattern.matches(source(labels)));
    case "labeldrop":
      return changes((labels) => deleteNames(labels, (name) => pattern.matches(name)));
    case "labelkeep":
      return changes((labels) => deleteNames(labels, (name) => !pattern.matches(name)));
    case "labelmap": {
      const mapped = new Known<string>();
      const rename = (name: string): string =>
        mapped.get(name, (name) => replaceAll(name, pattern, replacement));
      return changes((labels) => mapNames(labels, pattern, rename));
    }
    case "replace": {
      const target = new Template(targetLabel);
      return changes((labels) => {
        const match = pattern.match(source(labels));
        if (match === undefined) return;
        const name = bounded(target.expand(match, RELABELED_LENGTH_MAX));
        if (!isLabelName(name, names)) return;
        labels.set(name, bounded(replacement.expand(match, RELABELED_LENGTH_MAX)));
      });
    }
  }
}

/** The values of the source labels, with the separator between them. */
function sourceOf({ sourceLabels = [], separator }: RelabelRule): (labels: LabelBuilder) => string {
  const [only] = sourceLabels;
  if (only === undefined) return () => "";
  if (sourceLabels.length === 1) return (labels) => labels.get(only);
  return (labels) => sourceLabels.map((name) => labels.get(name)).join(separator);
}

function bounded(text: string | undefined): string {
  if (text === undefined) throw new LabelsTooLarge();
  return text;
}

function deleteNames(labels: LabelBuilder, isDeleted: (name: string) => boolean): void {
  for (const [name] of labels.labels()) if (isDeleted(name)) labels.delete(name);
}

/** Copies labels to other names; of two that get the same name the later one counts. */
function mapNames(
  labels: LabelBuilder,
  pattern: Pattern,
  rename: (name: string) => string,
): void {
  for (const [name, value] of labels.labels()) {
    if (pattern.matches(name)) labels.set(rename(name), value);
  }
}

/** As Go's `ReplaceAllString`. */
function replaceAll(text: string, pattern: Pattern, replacement: Template): string {
  let replaced = "";
  let lastEnd = 0;
  for (const { match, start, end } of pattern.matchesIn(text)) {
    replaced += text.slice(lastEnd, start);
    // Not for nothing that was found right behind something.
    if (end > lastEnd || start === 0) {
      replaced += bounded(replacement.expand(match, RELABELED_LENGTH_MAX));
    }
    lastEnd = end;
  }
  return replaced + text.slice(lastEnd);
}
