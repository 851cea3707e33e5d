/** Options as the file has them: the table of a block says under which key, and what is a secret. */
import { checkedName, spellingsOf } from "../../options/block.ts";
import type { AnyOption, Rows } from "../../options/table.ts";
import { formatDuration } from "../../duration.ts";
import { shownUrl } from "../../shown_url.ts";
import type { Keys } from "./client_config.ts";

const HIDDEN = "<secret>";

type Nested = { [key: string]: unknown };

/**
 * The options of a block that have a value and are no blocks themselves, in the order of
 * the table. @param checked under their names with units
 */
export function rowKeys(rows: Rows, checked: Readonly<Record<string, unknown>>): Keys {
  const keys: Nested = {};
  for (const [name, row] of Object.entries(rows)) {
    const value = checked[checkedName(name, row.kind)];
    const key = keyOf(name, row);
    if (value === undefined || key === undefined || isBlock(row)) continue;
    put(keys, key.split("."), shown(row, value));
  }
  return keys;
}

/** The first of its keys that is in the block itself. */
function keyOf(name: string, row: AnyOption): string | undefined {
  const keys = spellingsOf(name, row).map(({ key }) => key);
  return keys.find((key) => !key.startsWith("/"));
}

function isBlock({ kind: { written } }: AnyOption): boolean {
  return written === "block" || written === "blocks" || written === "named blocks";
}

function put(keys: Nested, [first = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) keys[first] = value;
  else put((keys[first] ??= {}) as Nested, rest, value);
}

function shown({ kind }: AnyOption, value: unknown): unknown {
  if (kind.secret) return hidden(value);
  if (kind.unit === "Ms" && typeof value === "number") return formatDuration(value);
  if (typeof value === "string" && /^https?:\/\//.test(value)) return shownUrl(value);
  if (value instanceof URL) return shownUrl(value.href);
  return value;
}

/** Of a map, the names are shown. */
function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== "object" || value === null) return value === "" ? "" : HIDDEN;
  return Object.fromEntries(Object.keys(value).map((name) => [name, HIDDEN]));
}
