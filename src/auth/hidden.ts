import { hideSecrets } from "../hide_secrets.ts";
import { loginsIn } from "../shown_params.ts";
import { hiddenSegments } from "../shown_url.ts";
import { isStreamUrl } from "../stream_url.ts";

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

const WORDY_LENGTH_MAX = 12;

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
  // Of a stream there is nothing in it that is hidden, and it need not be a URL by the standard.
  if (isStreamUrl(request.url)) return withoutLogins(text, request.secrets ?? []);
  const segments = hiddenSegments(new URL(request.url));
  const words = segments.filter(isWordy);
  const others = segments.filter((segment) => !isWordy(segment));
  return hideSecrets(text, [...secretsIn(request), ...others], words);
}

/** A segment as many texts have it inside of other words and numbers; a token is longer, or a mixture. */
function isWordy(segment: string): boolean {
  return segment.length <= WORDY_LENGTH_MAX && /^(?:[A-Za-z_-]+|\d+)$/.test(segment);
}

function secretsIn({ url, headers, secrets: others = [] }: Confidential): string[] {
  const { search, searchParams, username, password } = new URL(url);
  const values = [...searchParams.values()];
  const secrets = [url, search, search.slice(1), username, password, ...values];
  // An exporter is told whom to ask by a parameter, and may quote a part of it.
  secrets.push(...values.flatMap(loginsIn));
  for (const pair of search.slice(1).split("&")) secrets.push(pair.slice(pair.indexOf("=") + 1));
  for (const [name, value] of Object.entries(headers)) {
    if (!PUBLIC_HEADERS.has(name)) secrets.push(value);
  }
  for (const one of [headers["authorization"] ?? "", ...others]) secrets.push(one, ...partsOf(one));
  return secrets;
}

/** The same with no request at hand: of texts that say who walq is. */
export function withoutLogins(text: string, secrets: readonly string[]): string {
  return hideSecrets(text, secrets.flatMap((one) => [one, ...partsOf(one)]));
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
