import { isObject } from "../is_object.ts";
import * as v from "valibot";

/** A schema that takes anything and gives a `T` or an issue. */
export type Check<T> = v.GenericSchema<unknown, T>;

/** An input as an error message shows it. */
export type Show = (input: unknown) => string;

/** Short, on one line. */
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
  show: Show = shown,
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

/** What is wrong between values that are each fine: where, from the value that has both, and why. */
export type Broken = readonly [path: string | readonly (string | number)[], message: string];

/** Two options of which one stands for the other: a text, and the file that holds it. */
export function* oneOf<T>(
  given: T,
  one: keyof T & string,
  other: keyof T & string,
): Generator<Broken> {
  if (given[one] === undefined || given[other] === undefined) return;
  yield [other, `given together with ${one}, expected one of them`];
}

/** Holds a rule between the parts of a value, which tells what breaks it. */
export function holds<T>(of: Check<T>, rule: (value: T) => Iterable<Broken>): Check<T> {
  return v.pipe(
    of,
    v.rawCheck<T>(({ dataset, addIssue }) => {
      // What is not typed has issues of its own already.
      if (!dataset.typed) return;
      for (const [path, message] of rule(dataset.value)) {
        addIssue({ message, path: pathOf(typeof path === "string" ? [path] : path) });
      }
    }),
  );
}

/** As valibot has it; of the values on the way nothing is shown, so they are left out. */
function pathOf(steps: readonly (string | number)[]): [v.IssuePathItem, ...v.IssuePathItem[]] {
  const items = steps.map((key): v.IssuePathItem =>
    typeof key === "number"
      ? { type: "array", origin: "value", input: [], key, value: undefined }
      : { type: "object", origin: "value", input: {}, key, value: undefined }
  );
  return items as [v.IssuePathItem, ...v.IssuePathItem[]];
}

/** The end of a path: an entry whose key can be a secret, and so is told by its index alone. */
function hiddenEntry(index: number): v.IssuePathItem {
  return { type: "unknown", origin: "value", input: {}, key: index, value: undefined };
}

/** What a path of an issue says: the steps that are shown, and at which index an entry is that is not. */
export function stepsOf(
  path: readonly v.IssuePathItem[] = [],
): { readonly path: readonly (string | number)[]; readonly entry?: number } {
  const last = path.at(-1);
  const isHidden = last?.type === "unknown" && typeof last.key === "number";
  const shownItems = isHidden ? path.slice(0, -1) : path;
  const steps = shownItems.map(({ key }) => typeof key === "number" ? key : String(key));
  return { path: steps, ...(isHidden && { entry: last.key as number }) };
}

/**
 * An object with these keys and no other. All unknown keys are told, and all
 * wrong values with them; valibot's own passes over keys such as "constructor".
 */
export function strict(entries: v.ObjectEntries, show: Show): Check<Record<string, unknown>> {
  const schema = v.object(entries, "missing, and there is no default");
  const known = Object.keys(entries).join(", ");
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, Record<string, unknown>>(({ dataset, addIssue, NEVER }) => {
      const input = dataset.value;
      if (!isObject(input)) {
        addIssue({ message: `got ${show(input)}, expected an object` });
        return NEVER;
      }
      const keys = Object.keys(input);
      const unknownKeys = keys.filter((key) => !Object.hasOwn(entries, key));
      for (const key of unknownKeys) {
        // What is written where a key is expected can be a secret.
        if (show === hidden || !/^[A-Za-z_]{1,40}$/.test(key)) {
          const index = keys.indexOf(key);
          const place = `unknown key, the one at position ${index + 1}`;
          addIssue({ message: `${place}, expected one of ${known}`, path: [hiddenEntry(index)] });
        } else {
          addIssue({ message: `unknown key, expected one of ${known}`, path: pathOf([key]) });
        }
      }
      const result = v.safeParse(schema, input);
      for (const { message, path } of result.issues ?? []) {
        addIssue({ message, ...(path && { path }) });
      }
      return result.success && unknownKeys.length === 0 ? result.output : NEVER;
    }),
  );
}

/** Checks one entry of a map; undefined when it is fine. */
type EntryCheck = (
  key: string,
  value: unknown,
  all: Record<string, unknown>,
) => string | undefined;

/** An object of texts; a key that may be a secret is not shown. valibot's own would pass over keys such as "constructor" unsaid. */
export function textMap(
  checkEntry: EntryCheck,
  showsKey: (key: string, value: unknown) => boolean = () => true,
): Check<Record<string, string>> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, Record<string, string>>(({ dataset, addIssue, NEVER }) => {
      const map = dataset.value;
      if (!isObject(map)) {
        addIssue({ message: `got ${hidden(map)}, expected an object of texts` });
        return NEVER;
      }
      let sound = true;
      for (const [index, [key, value]] of Object.entries(map).entries()) {
        const message = checkEntry(key, value, map);
        if (message === undefined) continue;
        sound = false;
        if (showsKey(key, value)) addIssue({ message, path: pathOf([key]) });
        else {
          const place = `the key at position ${index + 1}`;
          addIssue({ message: `${place}: ${message}`, path: [hiddenEntry(index)] });
        }
      }
      return sound ? { ...map as Record<string, string> } : NEVER;
    }),
  );
}

/** One, or a list of them: what is wrong with one is told as its own. */
export function oneOrMore<T>(of: Check<T>): Check<readonly T[]> {
  const many = v.pipe(v.array(of), v.minLength(1, "got none, expected at least one"));
  const single = v.pipe(of, v.transform((one): readonly T[] => [one]));
  return v.lazy((input) => Array.isArray(input) ? many : single) as Check<readonly T[]>;
}

/** An object with values of one kind under names of the user's own. */
export function namedMap<T>(
  checkName: (name: string, all: Record<string, unknown>) => string | undefined,
  value: Check<T>,
): Check<Record<string, T>> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, Record<string, T>>(({ dataset, addIssue, NEVER }) => {
      const map = dataset.value;
      if (!isObject(map)) {
        addIssue({ message: `got ${hidden(map)}, expected an object` });
        return NEVER;
      }
      const checked: [string, T][] = [];
      for (const [index, [name, given]] of Object.entries(map).entries()) {
        const message = checkName(name, map);
        const result = v.safeParse(value, given);
        if (message !== undefined) {
          const place = `the name at position ${index + 1}`;
          addIssue({ message: `${place}: ${message}`, path: [hiddenEntry(index)] });
        } else if (!result.success) {
          for (const { message, path = [] } of result.issues) {
            addIssue({ message, path: [...pathOf([name]), ...path] });
          }
        } else checked.push([name, result.output]);
      }
      return checked.length === Object.keys(map).length ? Object.fromEntries(checked) : NEVER;
    }),
  );
}
