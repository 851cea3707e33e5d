import { WalqError } from "../errors.ts";
import type { Labels } from "../types.ts";

/**
 * The label set as Prometheus sees it: labels with an empty value are absent,
 * the rest is sorted by name.
 *
 * @throws {WalqError} `INVALID_LABELS` for an empty name, a missing `__name__`, or
 * text that is not valid Unicode.
 */
export function checkLabels(labels: Labels): [string, string][] {
  const kept = checkTexts(labels);
  if (!kept.some(([name]) => name === "__name__")) {
    throw invalid(`got ${JSON.stringify(labels).slice(0, 200)}, expected a label "__name__"`);
  }
  return kept;
}

/**
 * The same for labels that name no metric, as those of an exemplar.
 *
 * @throws {WalqError} `INVALID_LABELS`
 */
export function checkTexts(labels: Labels): [string, string][] {
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (typeof value !== "string") {
      throw invalid(`label "${name}": got a ${typeof value}, expected a string`);
    }
    if (name === "") throw invalid("got an empty label name");
    if (!isWellFormed(name)) {
      throw invalid(`label ${JSON.stringify(name)}: its name is not valid Unicode`);
    }
    if (!isWellFormed(value)) throw invalid(`label "${name}": its value is not valid Unicode`);
    if (value !== "") kept.push([name, value]);
  }
  // The kernel sorts by bytes what code units order otherwise.
  return kept.sort(([a], [b]) => a < b ? -1 : 1);
}

/** A lone surrogate has no UTF-8 form. (String.prototype.isWellFormed is not in every lib.) */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function invalid(message: string): WalqError {
  return new WalqError("INVALID_LABELS", `Cannot append: ${message}`);
}
