import { type Environment, expand, looksExpandable } from "./environment.ts";
import type { FileKey } from "./file_block.ts";
import type { Problems } from "./problems.ts";
import { resolveText } from "./references.ts";
import type { Tree, TreeScalar } from "./tree.ts";
import { clamp } from "./clamp.ts";
import { mapScalars, mapTexts, toOption } from "./values.ts";

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
  const remark = (level: "info" | "warn", message: string): void =>
    problems.remark({ level, place: value.place, key, message });
  const expandIn = (text: string): string =>
    expand(text, (name) => {
      const found = env(name) ?? "";
      const shown = /^[A-Za-z0-9_]+$/.test(name) ? ` ${name}` : "";
      if (found === "") remark("warn", `the environment variable${shown} is empty or not set`);
      return found;
    });
  // What stands for %{NAME} is a value, whatever is in it.
  const expanded = (scalar: TreeScalar): string =>
    resolveText(scalar.reference ?? scalar.text, (name) => env(name) ?? "", expandIn);
  const option = toOption(expands ? mapScalars(value, expanded) : value, kind.written);
  const reference = value.kind === "scalar" ? value.reference : undefined;
  const clamped = clamp(option, known);
  if (clamped !== undefined) {
    remark("warn", `got ${reference ?? option}, using ${clamped.value}: ${clamped.why}`);
    return clamped.value;
  }
  if (expands || kind.written === "template") return option;
  let isExpandable = false;
  mapTexts(option, (text) => {
    isExpandable ||= looksExpandable(text, kind.secret === true);
    return text;
  });
  if (isExpandable) {
    remark(
      "warn",
      "has what looks like an environment variable, and is taken as it is: %{NAME} stands for one, and ${NAME} in external_labels alone",
    );
  }
  return option;
}
