/** The URL of a target, escaped as Go's `url.URL` writes it: it is compared with that of Prometheus. */
import type { Labels } from "../types.ts";

const PARAM = "__param_";

/** Where a target is scraped. `params` are those of its job, of which labels replace the first value. */
export function targetUrl(
  labels: Labels,
  params: Readonly<Record<string, readonly string[]>>,
): string {
  const all = new Map(Object.entries(params).map(([name, values]) => [name, [...values]]));
  for (const [label, value] of Object.entries(labels)) {
    if (!label.startsWith(PARAM)) continue;
    const name = label.slice(PARAM.length);
    const [, ...rest] = all.get(name) ?? [];
    all.set(name, [value, ...rest]);
  }
  const scheme = labels["__scheme__"];
  const path = escapePath(labels["__metrics_path__"] ?? "");
  const query = encodeParams(all);
  return (scheme === undefined ? "" : `${scheme}:`) +
    `//${labels["__address__"] ?? ""}` +
    (path === "" || path.startsWith("/") ? path : `/${path}`) +
    (query === "" ? "" : `?${query}`);
}

/** As Go's `url.Values.Encode`: by name, and a space is a plus. */
function encodeParams(params: ReadonlyMap<string, readonly string[]>): string {
  return [...params.keys()].sort((a, b) => a < b ? -1 : 1)
    .flatMap((name) =>
      params.get(name)!.map((value) => `${escapeQuery(name)}=${escapeQuery(value)}`)
    )
    .join("&");
}

function escapeQuery(text: string): string {
  return percent(text, /[^A-Za-z0-9\-_.~ ]/gu).replaceAll(" ", "+");
}

/** A question mark is part of the path, so it is escaped. */
function escapePath(path: string): string {
  return percent(path, /[^A-Za-z0-9\-_.~$&+,/:;=@]/gu);
}

function percent(text: string, escaped: RegExp): string {
  return text.replace(escaped, (char) =>
    Array.from(
      encoder.encode(char),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    ).join(""));
}

const encoder = new TextEncoder();
