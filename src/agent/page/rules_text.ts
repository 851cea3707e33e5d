/** Rules for labels that somebody typed: read as a file would be, so that what is wrong is told by its line. */
import { WalqError } from "../../errors.ts";
import type { OptionsHost, ResolvedEndpoint } from "../../options.ts";
import { parseConfig } from "../config/config.ts";

/** A text of rules is no longer; it is read while others wait. */
export const RULES_BYTES_MAX: number = 32 * 1024;
/** Rules that are tried; a file may have more. */
const RULES_MAX = 100;

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
  const file = [...beforeOf(names), KEY, ...lines.map((line) => MARGIN + line)].join("\n");
  try {
    const { resolved } = await parseConfig(file, {
      path: FILE,
      sets: [],
      read: () => Promise.reject(new Error("BUG: rules name no file")),
      env: () => undefined,
      host,
      purpose: "check syntax",
    });
    const rules = resolved.endpoints[0]?.writeRelabelConfigs ?? [];
    if (rules.length <= RULES_MAX) return { rules };
    return { problems: [`got ${rules.length} rules, expected at most ${RULES_MAX}`] };
  } catch (error) {
    if (!(error instanceof WalqError) || error.code !== "INVALID_OPTIONS") throw error;
    return { problems: error.message.split("\n").flatMap((line) => inOwnLines(line, names)) };
  }
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
      (_, index) => index === undefined ? "" : `rule ${Number(index) + 1}, `,
    )
    .replace(/\bat column (\d+)/g, (_, column) => `at column ${column - MARGIN.length}`)
    .replace(/(rule \d+), :/g, "$1:")
    .trim();
  return own === "" ? [] : [own];
}
