/** Rules for labels that somebody typed: read as a file would be, so that what is wrong is told by its line. */
import { WalqError } from "../../errors.ts";
import type { OptionsHost, ResolvedEndpoint } from "../../options.ts";
import { patternCost } from "../../relabel/pattern_cost.ts";
import { parseConfig } from "../config/config.ts";
import { Problems } from "../config/problems.ts";
import type { Tree } from "../config/tree.ts";
import { parseYaml } from "../config/yaml.ts";

/** A text of rules is no longer; it is read while others wait. */
export const RULES_BYTES_MAX: number = 32 * 1024;
/** Rules that are tried; a file may have more. */
const RULES_MAX = 100;
/** Of all expressions: a text of that size without repetitions always has room. */
const PATTERNS_COST_MAX = 50_000;
/** As many as the text can have without aliases. */
const NODES_MAX = RULES_BYTES_MAX;

/** What the text stands in, for the reader of files: in lines before it, and a margin before each of its own. */
const BEFORE = ["queue: {data_path: data}", "remote_write:", "- url: http://localhost/"];
const KEY = "  write_relabel_configs:";
const MARGIN = "    ";
const FILE = "rules";

/** Rules, or a line for each thing that is wrong. */
export type ReadRules =
  | { readonly rules: ResolvedEndpoint["writeRelabelConfigs"] }
  | { readonly problems: readonly string[] };

/**
 * Reads a list of rules; the key `write_relabel_configs:` (or one of the others that rules
 * stand under) may be before it.
 *
 * @param names which names of labels the rules may make
 */
export async function readRules(
  text: string,
  names: "utf8" | "legacy",
  host: OptionsHost,
): Promise<ReadRules> {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const header = lines.findIndex((line) => !/^\s*(?:#.*)?$/.test(line));
  const hasKey = /^\s*(?:\w+_)?relabel_configs:\s*(?:#.*)?$/.test(lines[header] ?? "");
  if (hasKey) lines[header] = "";
  if (lines.every((line) => /^\s*(?:#.*)?$/.test(line))) return { rules: [] };
  const own = lines.map((line) => MARGIN + line);
  const file = [...beforeOf(names), KEY, ...own].join("\n");
  const tooLarge = tooLargeIn(own.join("\n"));
  if (tooLarge !== undefined) return { problems: [tooLarge] };
  try {
    const { resolved } = await parseConfig(file, {
      path: FILE,
      sets: [],
      read: () => Promise.reject(new Error("BUG: rules name no file")),
      env: () => undefined,
      host,
      purpose: "check syntax",
    });
    return { rules: resolved.endpoints[0]?.writeRelabelConfigs ?? [] };
  } catch (error) {
    if (!(error instanceof WalqError) || error.code !== "INVALID_OPTIONS") throw error;
    return { problems: error.message.split("\n").flatMap((line) => inOwnLines(line, names)) };
  }
}

/** What takes long to be read to its end: a few characters can stand for gigabytes. */
function tooLargeIn(list: string): string | undefined {
  const problems = new Problems();
  const tree = parseYaml(list, FILE, problems, NODES_MAX);
  const isBomb = !problems.none && problems.error.message.includes("aliases expanded");
  if (isBomb) return `aliases make more than ${NODES_MAX} values of it`;
  // What else is wrong with the YAML is told by who reads it as a file.
  if (tree?.kind !== "list") return undefined;
  const count = tree.items.length;
  if (count > RULES_MAX) return `got ${count} rules, expected at most ${RULES_MAX}`;
  const costs = tree.items.map((rule) => patternCost(regexIn(rule)));
  if (costs.reduce((sum, cost) => sum + cost, 0) <= PATTERNS_COST_MAX) return undefined;
  const at = costs.indexOf(Math.max(...costs));
  return `rule ${at + 1}, regex: ${
    costs[at] === Infinity ? "has a parenthesis that closes none" : "repetitions make it too large"
  }: it is not tried here`;
}

function regexIn(rule: Tree): string {
  const regex = rule.kind === "map" ? rule.entries.get("regex") : undefined;
  return regex?.kind === "scalar" ? regex.text : "";
}

function beforeOf(names: "utf8" | "legacy"): string[] {
  return [`global: {metric_name_validation_scheme: ${names}}`, ...BEFORE];
}

/** The message with the lines of the text, and without what the text was put into. */
function inOwnLines(message: string, names: "utf8" | "legacy"): string[] {
  const before = beforeOf(names).length + 1;
  const own = message
    .replace(/\brules:(\d+)/g, (_, line) => `line ${Math.max(1, Number(line) - before)}`)
    .replaceAll(
      /remote_write\[0\]\.write_relabel_configs(?:\[(\d+)\])?\.?/g,
      (_, index) => index === undefined ? "the rules" : `rule ${Number(index) + 1}, `,
    )
    .replace(/\bat column (\d+)/g, (_, column) => `at column ${column - MARGIN.length}`)
    .replace(/(rule \d+), :/g, "$1:")
    .trim();
  return own === "" ? [] : [own];
}
