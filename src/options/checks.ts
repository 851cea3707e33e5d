import * as v from "valibot";
import { formatDuration, parseDuration } from "../duration.ts";
import { type Bounds, RESOLUTION_MS } from "../limits.ts";
import { formatSize, parseSize } from "../size.ts";

/** A schema that takes anything and gives a `T` or an issue. */
export type Check<T> = v.GenericSchema<unknown, T>;

/** An input as an error message shows it: short, on one line. */
export function shown(input: unknown): string {
  // In a file, null is a key with nothing behind it.
  if (input === undefined || input === null) return "nothing";
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return "an object";
  if (typeof input !== "string") return String(input);
  const text = input.length > 100 ? `${input.slice(0, 100)}...` : input;
  return JSON.stringify(text);
}

/** For what must never be seen in a message. */
export function hidden(input: unknown): string {
  return typeof input === "string"
    ? "a value that is not shown"
    : shown(input).replace(/^-?\d.*/, "a number");
}

/** Takes what `parse` makes something of; all else is an issue that says what was expected. */
export function check<T>(
  expected: string | ((input: unknown) => string),
  parse: (input: unknown) => T | undefined,
  show: (input: unknown) => string = shown,
): Check<T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const input = dataset.value;
      const value = parse(input);
      if (value !== undefined) return value;
      const wanted = typeof expected === "string" ? expected : expected(input);
      addIssue({ message: `got ${show(input)}, expected ${wanted}` });
      return NEVER;
    }),
  );
}

/** A whole number within bounds. */
export function integer({ min, max }: Bounds): Check<number> {
  return check(
    `a whole number from ${min} to ${max}`,
    (input) =>
      Number.isInteger(input) && within(input as number, { min, max })
        ? input as number
        : undefined,
  );
}

/** Bytes, or a string with units such as "512MB", within bounds. */
export function size(bounds: Bounds): Check<number> {
  const { min, max } = bounds;
  return check(
    `bytes from ${formatSize(min)} to ${formatSize(max)}, such as 1048576 or "1MiB"`,
    (input) => toBytes(input, bounds),
  );
}

/** The same, or 0 for none. */
export function sizeOrZero(bounds: Bounds): Check<number> {
  const { min, max } = bounds;
  return check(
    `0 or bytes from ${formatSize(min)} to ${formatSize(max)}, such as 1048576 or "1MiB"`,
    (input) => input === 0 || input === "0" ? 0 : toBytes(input, bounds),
  );
}

function toBytes(input: unknown, bounds: Bounds): number | undefined {
  const bytes = typeof input === "string" ? parseSize(input) : input;
  return Number.isInteger(bytes) && within(bytes as number, bounds) ? bytes as number : undefined;
}

/** Milliseconds, or a string with units, within bounds. */
export function duration(bounds: Bounds): Check<number> {
  const range = `from ${formatDuration(bounds.min)} to ${formatDuration(bounds.max)}`;
  const expected = (input: unknown): string => {
    if (typeof input === "string" && parseDuration(input) === undefined) {
      return 'a number with a unit such as "5s"';
    }
    if (typeof input !== "string" && typeof input !== "number") {
      return 'milliseconds or a string with a unit such as "5s"';
    }
    const resolution = bounds.min === RESOLUTION_MS
      ? ` (the resolution is ${RESOLUTION_MS}ms)`
      : "";
    return `a duration ${range}${resolution}`;
  };
  return check(expected, (input) => {
    const ms = typeof input === "string" ? parseDuration(input) : input;
    return Number.isInteger(ms) && within(ms as number, bounds) ? ms as number : undefined;
  });
}

/** One of a few texts. */
export function choice<const T extends string>(texts: readonly T[]): Check<T> {
  const known: readonly unknown[] = texts;
  const wanted = texts.map((one) => `"${one}"`).join(" or ");
  return check(wanted, (input) => known.includes(input) ? input as T : undefined);
}

/** True or false. */
export function flag(): Check<boolean> {
  return check("true or false", (input) => typeof input === "boolean" ? input : undefined);
}

/** A string that is not empty; `show` hides secrets. */
export function text(show: (input: unknown) => string = shown): Check<string> {
  return check(
    "a text that is not empty",
    (input) => typeof input === "string" && input !== "" ? input : undefined,
    show,
  );
}

/**
 * An object with these keys and no other. All unknown keys are told, and all
 * wrong values with them; valibot's own passes over keys such as "constructor".
 */
export function strict<const T extends v.ObjectEntries>(
  entries: T,
  show: (input: unknown) => string = shown,
): Check<StrictOutput<T>> {
  const schema = v.object(entries, "missing, and there is no default");
  const known = Object.keys(entries).join(", ");
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, StrictOutput<T>>(({ dataset, addIssue, NEVER }) => {
      const input = dataset.value;
      if (!isPlainObject(input)) {
        addIssue({ message: `got ${show(input)}, expected an object` });
        return NEVER;
      }
      const keys = Object.keys(input);
      const unknownKeys = keys.filter((key) => !Object.hasOwn(entries, key));
      for (const key of unknownKeys) {
        // What is written where a key is expected can be a secret.
        if (show === hidden || !/^[A-Za-z_]{1,40}$/.test(key)) {
          const place = `unknown key, the one at position ${keys.indexOf(key) + 1}`;
          addIssue({ message: `${place}, expected one of ${known}` });
          continue;
        }
        const path: v.ObjectPathItem = {
          type: "object",
          origin: "key",
          input,
          key,
          value: input[key],
        };
        addIssue({ message: `unknown key, expected one of ${known}`, path: [path] });
      }
      const result = v.safeParse(schema, input);
      for (const { message, path } of result.issues ?? []) {
        addIssue({ message, ...(path && { path }) });
      }
      return result.success && unknownKeys.length === 0 ? result.output : NEVER;
    }),
  );
}

/** What {@link strict} gives. */
export type StrictOutput<T extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<T, string>>;

/** True for `{...}`, and not for a list. */
export function isPlainObject(input: unknown): input is Record<string, unknown> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

function within(value: number, { min, max }: Bounds): boolean {
  return value >= min && value <= max;
}
