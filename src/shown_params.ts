/**
 * What of a target others may see: its parameters and its labels, as Prometheus shows them,
 * without the values of parameters whose names say that they are secrets, and without the
 * logins of URLs, which exporters are given as a parameter.
 */

const HIDDEN = "<secret>";

/** In any letter case, also as a part of a longer name: `access_token`, `apiKey`, `X-Amz-Signature`. */
const SECRET_NAME = /token|key|pass|pwd|secret|auth|cred|signature|session|cookie|jwt|bearer/i;
/** Too short to be looked for inside of a word. */
const SHORT_SECRET_NAME = /(?:^|[^a-z])(?:sig|pin|otp|sas)(?:[^a-z]|$)/i;

/** What a parameter is called as a label of a target. */
const PARAM_LABEL = "__param_";

/** The logins of URLs, wherever in a text they are; a scheme begins where a word does, so that no text is looked at again and again. */
const URL_LOGINS = /(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^\s/?#]+)@/g;
/** That of a text that is what a client takes in place of a URL: `user:secret@host`. */
const BARE_LOGIN = /^([^\s/?#@:]+:[^\s/?#]*)@/;
/** A parameter of a URL. */
const PAIR = /([?&])([^=&#?]*)=([^&#]*)/g;

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
    [name, values.map((value) => isSecretName(name) ? HIDDEN : shownValue(value))] as const;
  return Object.fromEntries(Object.entries(params).map(shown));
}

/** Labels of a target, also those that are never sent. */
export function shownLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const shown = ([name, value]: readonly [string, string]) =>
    [name, isSecretLabel(name) && value !== "" ? HIDDEN : shownValue(value)] as const;
  return Object.fromEntries(Object.entries(labels).map(shown));
}

/**
 * A text that may be a URL, or have some in it: without their logins, and without what their
 * parameters hide.
 */
export function shownValue(text: string): string {
  const shown = text.replace(BARE_LOGIN, `${HIDDEN}@`).replace(URL_LOGINS, `$1${HIDDEN}@`);
  return shown.includes("://") ? shown.replace(PAIR, shownPair) : shown;
}

/** Logins that are in a text, as they are there, and their user names and passwords: nobody may see them anywhere else. */
export function loginsIn(text: string): string[] {
  const bare = BARE_LOGIN.exec(text)?.[1];
  const logins = [...text.matchAll(URL_LOGINS)].map(([, , login]) => login!);
  return [...bare === undefined ? [] : [bare], ...logins].flatMap((login) => {
    const colon = login.indexOf(":");
    return [login, login.slice(0, Math.max(0, colon)), login.slice(colon + 1)].flatMap(
      (one) => one === "" ? [] : [one, decoded(one)],
    );
  });
}

/** What {@link shownTarget} hides of a URL, for texts that may quote a part of it. */
export function secretsInTarget(url: string): string[] {
  const inPairs = [...url.matchAll(PAIR)].flatMap(([, , name = "", value = ""]) => {
    const meant = decoded(value);
    return isSecretName(decoded(name)) ? [value, meant] : [...loginsIn(value), ...loginsIn(meant)];
  });
  return [...loginsIn(url), ...inPairs];
}

/** What a rule puts into a label: the value itself, where the label is such a parameter. */
export function shownReplacement(
  targetLabel: string | undefined,
  replacement: string | undefined,
): string | undefined {
  // What refers to groups says where a value is taken from.
  const isPlain = replacement !== undefined && replacement !== "" && !replacement.includes("$");
  if (isPlain && isSecretLabel(targetLabel ?? "")) return HIDDEN;
  return replacement === undefined ? undefined : shownValue(replacement);
}

/** The URL of a target, and of whoever tells of targets: without a login, and with the parameters as above. */
export function shownTarget(url: string): string {
  const [, scheme = "", authority = "", path = "", query = ""] =
    /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)?([^/?#]*)([^?#]*)(.*)$/s.exec(url)!;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const login = host === authority ? "" : `${HIDDEN}@`;
  return scheme + login + host + path + query.replace(PAIR, shownPair);
}

function shownPair(pair: string, before: string, name: string, value: string): string {
  if (isSecretName(decoded(name))) return `${before}${name}=${HIDDEN}`;
  const plain = shownValue(value);
  if (plain !== value) return `${before}${name}=${plain}`;
  const meant = decoded(value);
  const shown = shownValue(meant);
  if (shown === meant) return pair;
  const encoded = encodeURIComponent(shown).replaceAll(encodeURIComponent(HIDDEN), HIDDEN);
  return `${before}${name}=${encoded}`;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
