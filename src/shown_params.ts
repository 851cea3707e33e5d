/**
 * What of a target others may see: its parameters and its labels, as Prometheus shows them,
 * without the values of parameters whose names say that they are secrets.
 */

const HIDDEN = "<secret>";

/** In any letter case, also as a part of a longer name: `access_token`, `apiKey`, `X-Amz-Signature`. */
const SECRET_NAME = /token|key|pass|pwd|secret|auth|cred|signature|session|cookie|jwt|bearer/i;
/** Too short to be looked for inside of a word. */
const SHORT_SECRET_NAME = /(?:^|[^a-z])(?:sig|pin|otp|sas)(?:[^a-z]|$)/i;

/** What a parameter is called as a label of a target. */
const PARAM_LABEL = "__param_";

/** Whether the value of a parameter is likely to be a secret, by the name of the parameter. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) || SHORT_SECRET_NAME.test(name);
}

/** Whether a label of a target holds such a parameter. */
export function isSecretLabel(name: string): boolean {
  return name.startsWith(PARAM_LABEL) && isSecretName(name.slice(PARAM_LABEL.length));
}

/** Parameters of a job. */
export function shownParams(
  params: Readonly<Record<string, readonly string[]>>,
): Record<string, readonly string[]> {
  const shown = ([name, values]: readonly [string, readonly string[]]) =>
    [name, isSecretName(name) ? values.map(() => HIDDEN) : values] as const;
  return Object.fromEntries(Object.entries(params).map(shown));
}

/** Labels of a target, also those that are never sent. */
export function shownLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const shown = ([name, value]: readonly [string, string]) =>
    [name, isSecretLabel(name) && value !== "" ? HIDDEN : value] as const;
  return Object.fromEntries(Object.entries(labels).map(shown));
}

/** What a rule puts into a label: the value itself, where the label is such a parameter. */
export function shownReplacement(
  targetLabel: string | undefined,
  replacement: string | undefined,
): string | undefined {
  // What refers to groups says where a value is taken from.
  const isPlain = replacement !== undefined && replacement !== "" && !replacement.includes("$");
  return isPlain && isSecretLabel(targetLabel ?? "") ? HIDDEN : replacement;
}

/** The URL of a target, and of whoever tells of targets: without a login, and with the parameters as above. */
export function shownTarget(url: string): string {
  const [, scheme = "", authority = "", path = "", query = ""] =
    /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)?([^/?#]*)([^?#]*)(.*)$/s.exec(url)!;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const login = host === authority ? "" : `${HIDDEN}@`;
  return scheme + login + host + path + query.replace(/([?&])([^=&#]*)=[^&#]*/g, shownPair);
}

function shownPair(pair: string, before: string, name: string): string {
  return isSecretName(decoded(name)) ? `${before}${name}=${HIDDEN}` : pair;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
