import { expectedDuration, parseDuration } from "../../duration.ts";
import { parseSize } from "../../size.ts";
import { shownUrl } from "../../shown_url.ts";
import { shownWord, UsageError } from "../usage_error.ts";
import { EXPECTED_MOMENT, parseMoment } from "./moment.ts";
import type { FlagValue, ValueKind } from "./flags.ts";

/** @throws {UsageError} for a value that is none of its kind. */
export function checkValue(name: string, value: Omit<FlagValue, "name">, text: string): void {
  const expected = expectedOf(value, text);
  if (expected === undefined) return;
  throw new UsageError(`${name}: got ${shownValue(value.kind, text)}, expected ${expected}`);
}

/** What was expected in place of the text; undefined when it is right. */
function expectedOf(value: Omit<FlagValue, "name">, text: string): string | undefined {
  switch (value.kind) {
    case "duration": {
      const ms = parseDuration(text);
      const { most } = value;
      if (ms !== undefined && ms <= (most?.ms ?? Infinity)) return undefined;
      return most ? `a duration up to ${most.text} such as "5s"` : expectedDuration(text);
    }
    case "time":
      return parseMoment(text, 0) === undefined ? EXPECTED_MOMENT : undefined;
    case "count":
      return /^\d{1,15}$/.test(text) ? undefined : "a whole number such as 10";
    case "size":
      return parseSize(text) === undefined ? 'a size such as "512MB"' : undefined;
    case "choice":
      return value.choices?.includes(text) ? undefined : inWords(value.choices ?? []);
    case "url":
      return isHttp(text) ? undefined : 'a URL such as "http://127.0.0.1:9099"';
    case "file":
    case "directory":
    case "path":
      return text === "" ? "a path" : undefined;
    case "text":
      return undefined;
  }
}

/** "text or json"; "debug, info, warn or error". */
export function inWords(choices: readonly string[]): string {
  const first = choices.slice(0, -1).join(", ");
  return `${first}${first ? " or " : ""}${choices.at(-1) ?? ""}`;
}

/** What does not look like what it should be may be a secret that went to the wrong place. */
function shownValue(kind: ValueKind, text: string): string {
  if (kind === "url") return URL.canParse(text) ? shownUrl(text) : "no URL";
  return /^[\w.:+-]{0,30}$/.test(text) ? `"${text}"` : shownWord(text);
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
