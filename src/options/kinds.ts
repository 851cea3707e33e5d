/** What an option can hold. A kind is what a row of a table says of its values. */
import { isObject } from "../is_object.ts";
import * as v from "valibot";
import { assert } from "../assert.ts";
import { expectedDuration, formatDuration, parseDuration } from "../duration.ts";
import { RESOLUTION_MS, TIMER_MS_MAX } from "../limits.ts";
import { formatSize, parseSize } from "../size.ts";
import { type Check, check, hidden, namedMap, type Show, shown } from "./checks.ts";
import type { AnyKind, Block, Bounded, Kind, Written } from "./table.ts";
import type { Duration, Size } from "./values.ts";

/** A whole number. */
export function integer(min: number, max: number): Kind<number, number> & Bounded {
  return {
    check: check(
      `a whole number from ${min} to ${max}`,
      (input) => wholeWithin(input, min, max),
    ),
    given: "number",
    checked: "number",
    unit: "",
    written: "value",
    bounds: `${min} to ${max}`,
    min,
    max,
  };
}

/** How many of something. */
export function count(): Kind<number, number> {
  const parse = (input: unknown) => wholeWithin(input, 0, Number.MAX_SAFE_INTEGER);
  return kindOf(check("a whole number that is not negative", parse), "number", "value");
}

/** How many of something, of which there has to be one. */
export function positive(): Kind<number, number> {
  const parse = (input: unknown) => wholeWithin(input, 1, Number.MAX_SAFE_INTEGER);
  return kindOf(check("a whole number from 1", parse), "number", "value");
}

/** A whole number, as large as numbers are. */
export function anyInteger(): Kind<number, number> {
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  const parse = (input: unknown) => wholeWithin(input, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
  return kindOf(check("a whole number", parse), "number", "value");
}

const UINT64_MAX = 2n ** 64n - 1n;

/**
 * A whole number of 64 bits; a fraction is cut off, as Go's YAML does it. What is too large
 * for a number to be exact becomes its digits: a bigint has no JSON, by which options are
 * compared.
 */
export function uint64(): Kind<number | bigint, number | string> {
  const bounds = `0 to ${UINT64_MAX}`;
  const parse = (input: unknown): number | string | undefined => {
    if (typeof input !== "bigint" && !(typeof input === "number" && Number.isFinite(input))) {
      return undefined;
    }
    const whole = BigInt(typeof input === "number" ? Math.trunc(input) : input);
    if (input < 0 || whole > UINT64_MAX) return undefined;
    return whole <= Number.MAX_SAFE_INTEGER ? Number(whole) : String(whole);
  };
  const wanted = check(`a whole number from ${bounds}`, parse);
  const kind = kindOf<number | bigint, number | string>(
    wanted,
    "number | bigint",
    "whole",
    "number | string",
  );
  return { ...kind, bounds };
}

/** A number from `min` to `max`. */
export function number(min: number, max: number): Kind<number, number> {
  const within = (input: unknown): number | undefined =>
    typeof input === "number" && input >= min && input <= max ? input : undefined;
  const wanted = max === Number.MAX_VALUE ? "a number" : `a number from ${min} to ${max}`;
  return kindOf(check(wanted, within), "number", "value");
}

/** Any text, also an empty one. */
export function anyText(): Kind<string, string> {
  return text("a text", (input) => input);
}

/** A share of a whole. */
export function fraction(): Kind<number, number> {
  const parse = (input: unknown) =>
    typeof input === "number" && input >= 0 && input <= 1 ? input : undefined;
  const wanted = check("a number from 0 to 1, such as 0.5", parse);
  return { ...kindOf<number, number>(wanted, "number", "value"), bounds: "0 to 1" };
}

/** Bytes, or a text with units such as "512MB"; the bounds are such texts. */
export function size(min: string, max: string): Kind<Size, number> & Bounded {
  return sizeBetween(min, max, "");
}

/** The same, or 0 for none. */
export function sizeOrZero(min: string, max: string): Kind<Size, number> & Bounded {
  return sizeBetween(min, max, "0 or ");
}

function sizeBetween(min: string, max: string, zero: "" | "0 or "): Kind<Size, number> & Bounded {
  const least = bytesOf(min);
  const most = bytesOf(max);
  const bounds = `${formatSize(least)} to ${formatSize(most)}`;
  const parse = (input: unknown): number | undefined => {
    if (zero !== "" && (input === 0 || input === "0")) return 0;
    return wholeWithin(typeof input === "string" ? parseSize(input) : input, least, most);
  };
  const expected = (input: unknown): string => {
    const isBare = typeof input === "string" && /^\d+$/.test(input);
    return `${zero}bytes from ${bounds}, ` +
      (isBare ? 'with a unit, such as "1MiB"' : 'such as 1048576 or "1MiB"');
  };
  return {
    check: check(expected, parse),
    given: "Size",
    checked: "number",
    unit: "",
    written: "value",
    bounds: `${zero}${bounds}`,
    min: zero === "" ? least : 0,
    max: most,
  };
}

/** Milliseconds, or a text with units; the bounds are such texts. Something waits so long. */
export function duration(min: string, max: string): Kind<Duration, number, "Ms"> & Bounded {
  assert(msOf(max) <= TIMER_MS_MAX, "a timer can be longer than setTimeout takes");
  return age(min, max);
}

/** A duration that nothing waits for, and so one that can be years. */
export function age(min: string, max: string): Kind<Duration, number, "Ms"> & Bounded {
  const least = msOf(min);
  const most = msOf(max);
  assert(least <= most, "bounds are upside down");
  const resolution = least === RESOLUTION_MS ? ` (the resolution is ${RESOLUTION_MS}ms)` : "";
  const expected = (input: unknown): string => {
    if (typeof input === "string" && parseDuration(input) === undefined) {
      return expectedDuration(input);
    }
    if (typeof input !== "string" && typeof input !== "number") {
      return 'milliseconds or a string with a unit such as "5s"';
    }
    return `a duration from ${formatDuration(least)} to ${formatDuration(most)}${resolution}`;
  };
  return {
    check: check(
      expected,
      (input) => wholeWithin(typeof input === "string" ? parseDuration(input) : input, least, most),
    ),
    given: "Duration",
    checked: "number",
    unit: "Ms",
    written: "duration",
    bounds: `${formatDuration(least)} to ${formatDuration(most)}`,
    min: least,
    max: most,
  };
}

/** A kind by its check: what is given and what is made of it have the same type, if no other is named. */
export function kindOf<Given, Checked>(
  check: Check<Checked>,
  given: string,
  written: Written,
  checked: string = given,
): Kind<Given, Checked> {
  return { check, given, checked, unit: "", written };
}

/** One of a few texts, and the name of the type that they make up. */
export function choice<const T extends string>(type: string, texts: readonly T[]): Kind<T, T> {
  const known: readonly unknown[] = texts;
  const wanted = texts.map((one) => `"${one}"`).join(" or ");
  const one = check(wanted, (input) => known.includes(input) ? input as T : undefined);
  return { ...kindOf<T, T>(one, type, "text"), texts };
}

/** True or false. */
export function flag(): Kind<boolean, boolean> {
  const parse = (input: unknown) => typeof input === "boolean" ? input : undefined;
  return kindOf(check("true or false", parse), "boolean", "flag");
}

/** A text of a form of its own: what `parse` makes nothing of is refused. */
export function text(
  expected: string | ((input: unknown) => string),
  parse: (input: string) => string | undefined,
  show: Show = shown,
): Kind<string, string> {
  const whole = (input: unknown) => typeof input === "string" ? parse(input) : undefined;
  return kindOf(check(expected, whole, show), "string", "text");
}

/** A text that is not empty. */
export function filled(): Kind<string, string> {
  return text("a text that is not empty", (input) => input === "" ? undefined : input);
}

/** An object of JSON, whatever is in it. */
export function json(): Kind<Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>> {
  const parse = (input: unknown) => isObject(input) ? input : undefined;
  return {
    ...kindOf(check("an object", parse, hidden), "Readonly<Record<string, unknown>>", "value"),
    secret: true,
  };
}

/** A text that is never shown. */
export function secret(
  expected: string,
  isSound: (input: string) => boolean,
): Kind<string, string> {
  return secretText(expected, (input) => isSound(input) ? input : undefined);
}

/** The same for one that is read, and can become another text. */
export function secretText(
  expected: string,
  read: (input: string) => string | undefined,
): Kind<string, string> {
  return { ...text(expected, read, hidden), secret: true };
}

/** The path of a file or a directory. Its name can be anything; what is in it is looked at where it is read. */
export function path(of: "file" | "directory"): Kind<string, string> {
  const kind = text(
    `the path of a ${of}`,
    (input) => input !== "" && !input.includes("\0") ? input : undefined,
  );
  return of === "file" ? { ...kind, written: "path" } : kind;
}

/** A map of the user's own names to texts. */
export function texts(of: Check<Record<string, string>>): Kind<
  Readonly<Record<string, string>>,
  Readonly<Record<string, string>>
> {
  return kindOf(of, "Readonly<Record<string, string>>", "texts");
}

/** A block of options within another. */
export function nested<Given, Checked>(block: Block<Given, Checked>): Kind<Given, Checked> {
  const { check, name } = block;
  return { ...kindOf<Given, Checked>(check, name, "block", `Checked${name}`), block };
}

/** The same, or a text, which stands for a block with this option alone. */
export function nestedOrText<Given, Checked>(
  block: Block<Given, Checked>,
  option: string,
): Kind<Given | string, Checked> {
  const { check, name } = block;
  const either: Check<Checked> = v.pipe(
    v.unknown(),
    v.transform((input) => typeof input === "string" ? { [option]: input } : input),
    check,
  );
  return {
    ...kindOf<Given | string, Checked>(either, `string | ${name}`, "block", `Checked${name}`),
    block,
    textIs: option,
  };
}

/** Blocks of one kind under names of the user's own, which `checkName` finds something wrong with or not. */
export function named<Given, Checked>(
  block: Block<Given, Checked>,
  checkName: (name: string, all: Record<string, unknown>) => string | undefined,
): Kind<Readonly<Record<string, Given>>, Readonly<Record<string, Checked>>> {
  const { name } = block;
  return {
    ...kindOf<Readonly<Record<string, Given>>, Readonly<Record<string, Checked>>>(
      namedMap(checkName, block.check),
      `Readonly<Record<string, ${name}>>`,
      "named blocks",
      `Readonly<Record<string, Checked${name}>>`,
    ),
    block,
  };
}

/** A list, and what one of its items is called. */
export function list<Given, Checked>(
  kind: Kind<Given, Checked>,
  item: string,
  bounds: { readonly min: 0 | 1; readonly max: number },
): Kind<readonly Given[], readonly Checked[]> {
  const { min, max } = bounds;
  const show = kind.secret ? hidden : shown;
  return {
    check: v.pipe(
      v.array(kind.check, (issue) => `got ${show(issue.input)}, expected a list of ${item}s`),
      v.minLength(min, `got none, expected at least one ${item}`),
      v.maxLength(max, (issue) => `got ${issue.input.length} ${item}s, expected at most ${max}`),
    ),
    given: `readonly ${kind.given}[]`,
    checked: `readonly ${kind.checked}[]`,
    unit: "",
    written: listOf(kind),
    bounds: min === 0 ? `up to ${max}` : `${min} to ${max}`,
    ...(kind.block && { block: kind.block }),
    ...(kind.secret && { secret: kind.secret }),
  };
}

function listOf({ block, written }: AnyKind): Written {
  if (block !== undefined) return "blocks";
  return written === "path" ? "paths" : "texts";
}

function wholeWithin(input: unknown, min: number, max: number): number | undefined {
  if (typeof input !== "number" || !Number.isInteger(input)) return undefined;
  return input >= min && input <= max ? input : undefined;
}

function msOf(text: string): number {
  const ms = parseDuration(text);
  assert(ms !== undefined, `no duration: ${text}`);
  return ms;
}

function bytesOf(text: string): number {
  const bytes = parseSize(text);
  assert(bytes !== undefined, `no size: ${text}`);
  return bytes;
}
