/** What the checks of the options find, told in the words of the file that they come from. */
import { formatPath, type OptionIssue } from "../../options.ts";
import { toSnakeCase } from "../../options/block.ts";
import type { Options, Origin } from "./filled.ts";
import { pathKey } from "./path.ts";
import type { Problems } from "./problems.ts";
import { withDigits, withoutValues } from "./without_values.ts";

/** What an issue is told with. */
interface Telling {
  /** Where the options begin. */
  readonly top: Origin;
  readonly problems: Problems;
  /** The file's words for options where those are others than the options' own. */
  readonly words: ReadonlyMap<string, string>;
}

/** An issue that was not told before, by its place in the file and in the file's words. */
export function tellIssue(
  { path, entry, message }: OptionIssue,
  options: Options,
  { top, problems, words }: Telling,
): void {
  if (options.told.has(pathKey(path))) return;
  const { place, key, written, digits } = originOf(path, options.origins, top);
  const plain = written === undefined ? message : withoutValues(message, written);
  const told = digits === undefined ? plain : withDigits(plain, digits);
  const own = entry === undefined ? undefined : originOfEntry(path, entry, options);
  problems.add(own?.place ?? place, `${key}: ${inFileWords(told, options.origins, words)}`);
}

/** Where an entry of the map there was written: its key is told to nobody. */
function originOfEntry(
  path: OptionIssue["path"],
  entry: number,
  { values, origins }: Options,
): Origin | undefined {
  const map = path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | undefined)?.[step],
    values,
  );
  const name = Object.keys(map ?? {})[entry];
  return name === undefined ? undefined : origins.get(pathKey([...path, name]));
}

/** Where an option, or the nearest thing around it, was written. */
export function originOf(
  path: OptionIssue["path"],
  origins: Map<string, Origin>,
  top: Origin,
): Origin {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(pathKey(path.slice(0, length)));
    if (origin === undefined) continue;
    const rest = path.slice(length).map((step, depth) =>
      depth === 0 && typeof step === "string" && isOption(step) ? toSnakeCase(step) : step
    );
    const inner = formatPath(rest);
    return { ...origin, key: joinKeys(origin.key, inner) };
  }
  return {
    place: top.place,
    key: joinKeys(
      top.key,
      formatPath(path.map((step) => typeof step === "string" ? toSnakeCase(step) : step)),
    ),
  };
}

/** Labels and headers are the user's own words; options are camelCase letters. */
function isOption(step: string): boolean {
  return /^[a-z][A-Za-z]*$/.test(step);
}

/** Both, one within the other. */
export function joinKeys(outer: string, inner: string): string {
  return outer === "" || inner === "" || inner.startsWith("[")
    ? outer + inner
    : `${outer}.${inner}`;
}

/** What a message calls an option, as the file calls it; what is in quotes is left alone. */
function inFileWords(
  message: string,
  origins: Map<string, Origin>,
  words: ReadonlyMap<string, string>,
): string {
  const parts = message.split(/("(?:[^"\\]|\\.)*")/);
  return parts.map((part, index) => {
    if (index % 2 === 1) return part;
    return part
      .replace(/\b(endpoints|scrapeConfigs)\[(\d+)\]/g, (_, list: string, at: string) => {
        const origin = origins.get(pathKey([list, Number(at)]));
        return `${origin?.key} (${origin?.place})`;
      })
      .replace(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, (name) => words.get(name) ?? toSnakeCase(name));
  }).join("");
}
