import * as v from "valibot";
import type { Labels } from "../../types.ts";
import { hidden, namedMap, shown, textMap } from "../checks.ts";
import { kindOf, texts } from "../kinds.ts";
import type { Kind } from "../table.ts";
import { HEADER_VALUES, headerValue, VALUE_WANTED } from "./http_header.ts";

/** A `token` of RFC 9110, section 5.6.2: header names and authorization types. */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Headers that remote write, HTTP or walq define; lower-case. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "retry-attempt",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "www-authenticate",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
  "x-prometheus-remote-read-version",
  "x-prometheus-remote-write-version",
  "x-prometheus-scrape-timeout-seconds",
]);

type Headers = Readonly<Record<string, string>>;

/** Headers to add to every request; their values are secrets. */
export function headers(): Kind<Headers, Headers> {
  const check = v.pipe(
    textMap((name, value, all) => {
      const wrong = whyNoHeader(name, all);
      if (wrong !== undefined) return wrong;
      if (typeof value === "string" && headerValue(value) !== undefined) return undefined;
      return `got ${hidden(value)}, expected ${VALUE_WANTED}`;
    }, isNameOfValue),
    v.transform((map) =>
      Object.fromEntries(Object.entries(map).map(([name, value]) => [name, headerValue(value)!]))
    ),
  );
  return { ...texts(check), secret: true };
}

type HeaderLists = Readonly<Record<string, readonly string[]>>;

/** Headers for a proxy, each with its values; those are secrets. */
export function headerLists(): Kind<HeaderLists, HeaderLists> {
  const check = namedMap(whyNoProxyHeader, HEADER_VALUES.check);
  const type = "Readonly<Record<string, readonly string[]>>";
  return { ...kindOf<HeaderLists, HeaderLists>(check, type, "texts"), secret: true };
}

/** Headers that a CONNECT has anyway, or that would be about a body. */
const RESERVED_PROXY_HEADERS: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
]);

function whyNoProxyHeader(name: string, all: Record<string, unknown>): string | undefined {
  return whyNoHeader(name, all, RESERVED_PROXY_HEADERS);
}

/** Texts that are secret, under names of the user's own. */
export function secretTexts(): Kind<Headers, Headers> {
  const check = textMap(
    (name, value) => {
      if (name === "") return "expected a name that is not empty";
      return typeof value === "string" ? undefined : `got ${hidden(value)}, expected a text`;
    },
    (_name, value) => value !== null,
  );
  return { ...texts(check), secret: true };
}

/** What is wrong with a header's name, among those of others. */
export function whyNoHeader(
  name: string,
  all: Record<string, unknown>,
  reserved: ReadonlySet<string> = RESERVED_HEADERS,
): string | undefined {
  if (!TOKEN.test(name)) return "not a header name";
  const lower = name.toLowerCase();
  if (reserved.has(lower)) return "reserved: walq, remote write or HTTP sets this header";
  const twin = Object.keys(all).find((other) => other !== name && other.toLowerCase() === lower);
  return twin === undefined ? undefined : `the same header as ${shown(twin)}`;
}

/** What is no name, or the name of nothing, can be the secret itself. */
function isNameOfValue(name: string, value: unknown): boolean {
  return TOKEN.test(name) && value !== "" && value !== null;
}

/** Labels that are added to series; those with an empty value count as absent. */
export function externalLabels(): Kind<Labels, Labels> {
  const check = v.pipe(
    textMap((name, value) => {
      if (name === "") return "expected a label name that is not empty";
      if (!isWellFormed(name)) return "expected a label name that is valid Unicode";
      if (typeof value !== "string") return `got ${shown(value)}, expected a text`;
      return isWellFormed(value) ? undefined : "expected a value that is valid Unicode";
    }),
    v.transform((labels) =>
      Object.fromEntries(Object.entries(labels).filter(([, value]) => value))
    ),
  );
  return { ...texts(check), given: "Labels", checked: "Labels" };
}

/** A lone half of a surrogate pair cannot be written as UTF-8. */
function isWellFormed(value: string): boolean {
  return !/\p{Surrogate}/u.test(value);
}
