import { type Environment, expand, looksExpandable } from "./environment.ts";
import type { FileKey } from "./file_block.ts";
import { isPlainName } from "./known_words.ts";
import type { Problems, Remark } from "./problems.ts";
import { resolveText } from "./references.ts";
import type { Tree } from "./tree.ts";
import { clamp } from "./clamp.ts";
import { mapScalars, toOption } from "./values.ts";

/** What the reading works with. */
export interface ReadDependencies {
  readonly problems: Problems;
  readonly env: Environment;
  /** The directory of the configuration file. */
  readonly directory: string;
}

/** A key of a block that is being read. */
export interface Entry {
  readonly name: string;
  /** With what is around it: `remote_write[0].queue_config.max_shards`. */
  readonly key: string;
  readonly value: Tree;
}

/** What the option gets, with a remark where that is not what is written, or not what somebody may think it is. */
export function readValue(
  { key, value }: Entry,
  known: FileKey,
  { problems, env }: ReadDependencies,
): unknown {
  const { row: { kind }, expands } = known;
  const remark = (
    level: "info" | "warn",
    message: string,
    of: Told = { place: value.place, key },
  ) => problems.remark({ level, ...of, message });
  const expandedIn = ({ name, tree }: Part): Tree => {
    const told = { place: tree.place, key: key + name };
    const expandIn = (text: string): string =>
      expand(text, (variable) => {
        const found = env(variable) ?? "";
        const isWord = /^[A-Za-z0-9_]+$/.test(variable);
        const shown = isWord ? ` ${variable}` : " whose name is more than letters and digits";
        if (found === "") {
          remark("warn", `the environment variable${shown} is empty or not set`, told);
        }
        return found;
      }, () => remark("warn", "has ${ without a name and a } behind it, which is left out", told));
    // What stands for %{NAME} is a value, whatever is in it.
    return mapScalars(
      tree,
      (scalar) => resolveText(scalar.reference ?? scalar.text, (name) => env(name) ?? "", expandIn),
    );
  };
  const option = toOption(expands ? mapParts(value, expandedIn) : value, kind.written);
  const reference = value.kind === "scalar" ? value.reference : undefined;
  const clamped = clamp(option, known);
  if (clamped !== undefined) {
    const got = reference ?? (value.kind === "scalar" ? value.text : option);
    remark("warn", `got ${got}, using ${clamped.value}: ${clamped.why}`);
    return clamped.value;
  }
  if (expands || kind.written === "template") return option;
  for (const { name, tree } of partsOf(value)) {
    let isExpandable = false;
    mapScalars(tree, ({ text }) => {
      isExpandable ||= looksExpandable(text, kind.secret === true);
      return text;
    });
    if (!isExpandable) continue;
    const message = "has what looks like an environment variable, and is taken as it is: " +
      "%{NAME} stands for one, and ${NAME} in external_labels alone";
    remark("warn", message, { place: tree.place, key: key + name });
  }
  return option;
}

/** Where something is told. */
type Told = Pick<Remark, "place" | "key">;

/** A value, or one of those in a map, which are told by their names. */
interface Part {
  /** With a dot before it; empty where the name is not shown. */
  readonly name: string;
  readonly tree: Tree;
}

function partsOf(value: Tree): readonly Part[] {
  if (value.kind !== "map") return [{ name: "", tree: value }];
  return Array.from(value.entries, ([name, tree]) => ({ name: partName(name), tree }));
}

function mapParts(value: Tree, change: (part: Part) => Tree): Tree {
  if (value.kind !== "map") return change({ name: "", tree: value });
  const entries = Array.from(
    value.entries,
    ([name, tree]) => [name, change({ name: partName(name), tree })] as const,
  );
  return { ...value, entries: new Map(entries) };
}

function partName(name: string): string {
  return isPlainName(name) ? `.${name}` : "";
}
