/** What is shown in place of what may be a secret. */
const HIDDEN = "...";

/** The words that such paths are made of; a secret is none of them. */
const PLAIN_SEGMENTS: ReadonlySet<string> = new Set([
  "",
  HIDDEN,
  "api",
  "v1",
  "v2",
  "write",
  "push",
  "receive",
  "remote",
  "remote-write",
  "remote_write",
  "insert",
  "prom",
  "prometheus",
  "metrics",
  "mimir",
  "cortex",
  "thanos",
  "workspaces",
  // Of who gives out tokens and keys.
  "auth",
  "iam",
  "identity",
  "latest",
  "meta-data",
  "metadata",
  "oauth",
  "oauth2",
  "openid-connect",
  "protocol",
  "realms",
  "security-credentials",
  "token",
  "v2.0",
]);

/**
 * A URL as it may be seen by others: in the log, in status, in metrics and in error
 * messages. User name, password, query and fragment can be secrets, and so can a
 * segment of the path (`/push/<token>`): of these only known words are shown. The
 * text need not be a URL: whoever wrote it wrong wants to see what of it is wrong,
 * so all before the last "@" is hidden, and where a "/", "?" or "#" is before that,
 * nobody can tell a password from a path or a query, and nothing is shown. What was
 * shown once is shown again as it is.
 */
export function shownUrl(text: string): string {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(text)?.[0] ?? "";
  const at = text.lastIndexOf("@");
  const query = text.search(/[?#]/);
  if (/[/?#]/.test(text.slice(scheme.length, Math.max(at, 0)))) return scheme + HIDDEN;
  const start = Math.max(scheme.length, at);
  const [authority = "", ...segments] = text
    .slice(start, query < 0 ? undefined : query)
    .split("/");
  // The path of a stream is its name, which everybody who reads it has to know.
  const isStream = scheme.toLowerCase() === "nats://";
  const isShown = (segment: string): boolean => isStream || PLAIN_SEGMENTS.has(segment);
  const path = segments.map((segment) => isShown(segment) ? segment : HIDDEN);
  return (at < 0 ? scheme : scheme + HIDDEN) + [authority, ...path].join("/") +
    (query < 0 ? "" : text[query] + HIDDEN);
}

/** The parts of a URL's path that {@link shownUrl} hides. */
export function hiddenSegments(url: URL): string[] {
  return url.pathname.split("/").filter((segment) => !PLAIN_SEGMENTS.has(segment));
}

/** The host of a URL with its port, or its hosts; empty for what is none. It must have no login. */
export function hostOf(url: string): string {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
}
