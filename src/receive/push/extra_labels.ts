import { WalqError } from "../../errors.ts";

/** Bytes that names and values of labels in a URL may have: each sample gets them. */
const LABEL_CHARACTERS_MAX = 8 * 1024;

/** What `extra_label=name=value` says, again and again, as VictoriaMetrics has it. */
export function extraLabels(parameters: URLSearchParams): Map<string, string> {
  const labels = new Map<string, string>();
  for (const pair of parameters.getAll("extra_label")) {
    const at = pair.indexOf("=");
    if (at <= 0) {
      throw new WalqError(
        "INVALID_REQUEST",
        `Got extra_label ${JSON.stringify(pair.slice(0, 100))}, expected name=value`,
      );
    }
    labels.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return bounded(labels);
}

/** @throws {WalqError} `INVALID_REQUEST` when labels of a URL are too long */
export function bounded(labels: Map<string, string>): Map<string, string> {
  let characters = 0;
  for (const [name, value] of labels) characters += name.length + value.length;
  if (characters <= LABEL_CHARACTERS_MAX) return labels;
  const message = `Got labels of ${characters} characters in the URL, expected at most ` +
    `${LABEL_CHARACTERS_MAX}`;
  throw new WalqError("INVALID_REQUEST", message);
}
