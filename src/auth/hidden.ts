import { hiddenSegments } from "../shown_url.ts";

/** Shorter ones are in every text. */
const SECRET_LENGTH_MIN = 4;
/** The beginning of a secret, where a text was cut: less than this tells nobody anything. */
const BEGINNING_LENGTH_MIN = 8;
const HIDDEN = "<hidden>";

/** What walq itself says in every request. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "content-encoding",
  "content-type",
  "metadata",
  "retry-attempt",
  "user-agent",
  "x-prometheus-remote-write-version",
]);

/** The parts of a request that can hold secrets; its headers' names are lower-case. */
interface Confidential {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What else nobody may see, such as headers of requests of before. */
  readonly secrets?: readonly string[];
}

/**
 * Cleans a text of somebody else's before it is logged and shown: a runtime's error may quote the
 * URL, and a refusal may echo the request, whole or in parts.
 */
export function withoutSecrets(text: string, request: Confidential): string {
  if (text === "") return text;
  const secrets = secretsIn(request);
  const left = secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
  return withoutBeginning(left, secrets);
}

/** The longest first: one may be a part of another, whose rest would stay otherwise. */
function secretsIn({ url, headers, secrets: others = [] }: Confidential): string[] {
  const parsed = new URL(url);
  const { search, searchParams, username, password } = parsed;
  const secrets = [url, search, search.slice(1), username, password, ...searchParams.values()];
  secrets.push(...hiddenSegments(parsed));
  for (const pair of search.slice(1).split("&")) secrets.push(pair.slice(pair.indexOf("=") + 1));
  for (const [name, value] of Object.entries(headers)) {
    if (!PUBLIC_HEADERS.has(name)) secrets.push(value);
  }
  for (const one of [headers["authorization"] ?? "", ...others]) secrets.push(one, ...partsOf(one));
  return [...new Set(secrets.flatMap(spellingsOf))]
    .filter((secret) => secret.length >= SECRET_LENGTH_MIN)
    .sort((a, b) => b.length - a.length);
}

/** As it is, in JSON (some writers escape `/`, Go's also what HTML has), in HTML, in a URL and in a form. */
function spellingsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const inUrl = encodeURIComponent(secret);
  const inForm = new URLSearchParams({ "": secret }).toString().slice(1);
  return [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    json.replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
    secret.replace(/[<>&"']/g, (char) => HTML[char]!),
    secret.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`),
    ...[inUrl, inForm, inForm.replaceAll("+", "%20")].flatMap((one) => [one, lowerEscapes(one)]),
  ];
}

const HTML: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&#39;",
};

function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

/** Without the type; of basic authentication also what it stands for (RFC 7617). */
function partsOf(authorization: string): string[] {
  const space = authorization.indexOf(" ");
  const credentials = authorization.slice(space + 1);
  if (authorization.slice(0, space).toLowerCase() !== "basic") return [credentials];
  const pair = decodeBase64(credentials);
  return [credentials, pair, pair.slice(pair.indexOf(":") + 1)];
}

/** Empty for what is none: a header of the user's own may say anything. */
function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  } catch {
    return "";
  }
}

/** An answer is read up to a bound, which can be in the middle of a secret, and of a character of it. */
function withoutBeginning(whole: string, secrets: readonly string[]): string {
  const text = whole.replace(/\ufffd+$/, "");
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= BEGINNING_LENGTH_MIN; length--) {
      if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + HIDDEN;
    }
  }
  return whole;
}
