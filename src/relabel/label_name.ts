import type { LabelNames } from "./rule.ts";

const LEGACY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** The name of a label in the classic characters, with variables of a template in it. */
const LEGACY_TEMPLATE =
  /^(?:[a-zA-Z_]|\$(?:\{\w+\}|[a-zA-Z0-9_]))(?:\w|\$(?:\{\w+\}|[a-zA-Z0-9_]))*$/;

/** Whether a label may have this name (Prometheus, `ValidationScheme.IsValidLabelName`). */
export function isLabelName(name: string, names: LabelNames): boolean {
  if (names === "legacy") return LEGACY_NAME.test(name);
  // A lone half of a surrogate pair cannot be written as UTF-8.
  return name !== "" && !/\p{Surrogate}/u.test(name);
}

/**
 * Whether a template can be that of a name. With UTF-8 names `$` and braces are
 * characters like all others, so any name is a template (as in Prometheus).
 */
export function isLabelNameTemplate(template: string, names: LabelNames): boolean {
  return names === "legacy" ? LEGACY_TEMPLATE.test(template) : isLabelName(template, names);
}
