/** The selectors of Kubernetes (apimachinery, pkg/labels and pkg/fields), as far as a check needs them. */

/** `app=web`, `app!=web`, `app in (a, b)`, `!app` and so on, with commas between them. */
const REQUIREMENT =
  /^\s*(?:!\s*[\w./-]+|[\w./-]+(?:\s*(?:==?|!=)\s*[\w.-]*|\s*[<>]\s*-?\d+|\s+(?:in|notin)\s*\([\w.,\s-]*\))?)\s*$/;

/** An empty text selects all. */
export function isLabelSelector(text: string): boolean {
  if (text.trim() === "") return true;
  // Commas in parentheses are between values.
  return text.split(/,(?![^(]*\))/).every((one) => REQUIREMENT.test(one));
}

/** `metadata.name=web`, with commas between them; in a value they have a backslash before them. */
export function isFieldSelector(text: string): boolean {
  return text.split(/(?<!\\),/).every((one) => one === "" || /^[^=!]+(?:==?|!=)/.test(one));
}
