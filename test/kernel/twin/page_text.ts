/**
 * The slow twin's reading of Prometheus's text format: a line at a time, with regular
 * expressions. Pages are texts here: what is not UTF-8 is for other tests.
 */
import {
  familyIn,
  type TwinFamily,
  type TwinPage,
  TwinRefusal,
  type TwinSample,
} from "./page_model.ts";
import { readFloat, writeFloat } from "./page_number.ts";

const TYPES: ReadonlyMap<string, string> = new Map([
  ["counter", "counter"],
  ["gauge", "gauge"],
  ["histogram", "histogram"],
  ["summary", "summary"],
  ["untyped", "unknown"],
]);

const METADATA = /^[ \t]*#[ \t]+(HELP|TYPE)[ \t]+("(?:\\.|[^\\"])*"|[a-zA-Z_:][\w:]*)(.?)(.*)$/;
const BLANK = /^[ \t]*(?:#.*)?$/;
const NAME = /[ \t]*[a-zA-Z_:][\w:]*/y;
const BLANKS = /[ \t]*/y;
const LABEL_NAME = /[a-zA-Z_]\w*|"(?:\\.|[^\\"])*"/y;
const QUOTED = /"(?:\\.|[^\\"])*"/y;
const REST = /[ \t]*([^{ \t\n]+)[ \t]*(\d*)[ \t]*(?:\n|$)/y;

/** Reads a text from left to right. */
class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** What matches here, which is passed over. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    if (found) this.at += found[0].length;
    return found;
  }

  takes(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }
}

export function readTextPage(text: string): TwinPage {
  const samples: TwinSample[] = [];
  const families = new Map<string, TwinFamily>();
  let type = "unknown";
  const scanner = new Scanner(text);
  while (scanner.at < text.length) {
    const feed = text.indexOf("\n", scanner.at);
    const lineEnd = feed < 0 ? text.length : feed;
    const line = text.slice(scanner.at, lineEnd);
    if (/^[ \t]*#/.test(line)) {
      type = readMetadata(line, families) ?? type;
      scanner.at = lineEnd + 1;
    } else if (BLANK.test(line)) {
      scanner.at = lineEnd + 1;
    } else samples.push(readSample(scanner, type));
  }
  return { samples, families };
}

/** Returns the type, if the line says one. */
function readMetadata(line: string, families: Map<string, TwinFamily>): string | undefined {
  const found = METADATA.exec(line);
  if (!found) {
    if (/^[ \t]*#[ \t]+(HELP|TYPE)[ \t]/.test(line)) throw new TwinRefusal(line);
    return undefined;
  }
  const [, what, quoted = "", between = "", text = ""] = found;
  const name = quoted.startsWith('"') ? quoted.slice(1, -1) : quoted;
  const family = familyIn(families, name, line);
  if (what === "HELP") {
    const isEmpty = /^[ \t]*$/.test(between + text);
    family.help = isEmpty ? "" : text.replaceAll(/\\([\\n])/g, (_, c) => c === "n" ? "\n" : c);
    return undefined;
  }
  const type = TYPES.get(text);
  if (type === undefined) throw new TwinRefusal(line);
  family.type = type;
  return type;
}

function readSample(scanner: Scanner, type: string): TwinSample {
  const start = scanner.at;
  let metric = scanner.take(NAME)?.[0];
  const labels: [string, string][] = [];
  const afterName = scanner.at;
  scanner.take(BLANKS);
  if (scanner.takes("{")) metric = readLabels(scanner, metric, labels);
  else if (metric !== undefined) scanner.at = afterName;
  if (metric === undefined) throw new TwinRefusal("no name");
  const key = scanner.text.slice(start, scanner.at);
  const rest = scanner.take(REST);
  if (!rest) throw new TwinRefusal("no value");
  const [, value = "", timestamp = ""] = rest;
  const timestampMs = timestamp === "" ? undefined : BigInt(timestamp);
  if (timestampMs !== undefined && timestampMs >= 2n ** 63n) throw new TwinRefusal(timestamp);
  return {
    key,
    labels: [["__name__", metric], ...labels.map((label) => normal(label, type))],
    value: readFloat(value),
    timestampMs,
    startMs: 0n,
    exemplars: [],
  };
}

/** Returns the metric's name, which may be between the braces. */
function readLabels(
  scanner: Scanner,
  metric: string | undefined,
  labels: [string, string][],
): string | undefined {
  while (true) {
    scanner.take(BLANKS);
    if (scanner.takes("}")) return metric;
    const name = scanner.take(LABEL_NAME)?.[0];
    if (name === undefined) throw new TwinRefusal("no label name");
    scanner.take(BLANKS);
    const next = scanner.text[scanner.at];
    if (name.startsWith('"') && (next === "," || next === "}")) {
      if (metric !== undefined) throw new TwinRefusal("two names");
      metric = plain(name.slice(1, -1));
      scanner.takes(",");
      continue;
    }
    if (!scanner.takes("=")) throw new TwinRefusal("no =");
    scanner.take(BLANKS);
    const value = scanner.take(QUOTED)?.[0];
    if (value === undefined) throw new TwinRefusal("no value of a label");
    labels.push([plain(name.replaceAll(/^"|"$/g, "")), plain(value.slice(1, -1))]);
    scanner.take(BLANKS);
    scanner.takes(",");
  }
}

export function plain(text: string): string {
  return text.replaceAll(/\\(["\\n])/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
}

export function normal([name, value]: [string, string], type: string): [string, string] {
  const isNumber = (type === "histogram" && name === "le") ||
    (type === "summary" && name === "quantile");
  return isNumber ? [name, writeFloat(value)] : [name, value];
}
