/** Prometheus text format 0.0.4, read strictly: what a scraper would refuse or misread throws. */

export interface TextFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly value: number;
  }[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/;

export function parseText(text: string): Map<string, TextFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, TextFamily>();
  const seen = new Set<string>();
  let help: [string, string] | undefined;
  let family: TextFamily | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "") continue;
    if (line.startsWith("#")) {
      const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
      if (!NAME.test(name)) throw new Error(`not a name: ${line}`);
      if (keyword === "HELP") help = [name, rest];
      else {
        if (help?.[0] !== name || families.has(name)) throw new Error(`TYPE out of place: ${line}`);
        family = { name, type: rest, help: help[1], samples: [] };
        families.set(name, family);
      }
      continue;
    }
    const sample = readSample(line);
    if (family === undefined || !belongs(sample.name, family)) {
      throw new Error(`no family: ${line}`);
    }
    const key = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    family.samples.push(sample);
  }
  for (const { type, samples } of families.values()) {
    if (type === "histogram") checkHistogram(samples);
  }
  return families;
}

function belongs(name: string, { name: family, type }: TextFamily): boolean {
  if (type !== "histogram") return name === family;
  return [`${family}_bucket`, `${family}_sum`, `${family}_count`].includes(name);
}

function readSample(line: string): TextFamily["samples"][number] {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = match[2] ?? ""; rest !== "";) {
    const label = LABEL.exec(rest);
    if (!label || Object.hasOwn(labels, label[1]!)) throw new Error(`not a label: ${line}`);
    labels[label[1]!] = label[2]!.replace(/\\(.)/g, (_, c: string) => c === "n" ? "\n" : c);
    rest = rest.slice(label[0].length);
  }
  const value = match[3] === "+Inf" ? Infinity : Number(match[3]);
  if (Number.isNaN(value)) throw new Error(`not a number: ${line}`);
  return { name: match[1]!, labels, value };
}

/** Buckets grow, and the last one is the count. */
function checkHistogram(samples: TextFamily["samples"]): void {
  let before = { le: -Infinity, value: 0 };
  for (const { name, labels, value } of samples) {
    if (name.endsWith("_bucket")) {
      const le = labels["le"] === "+Inf" ? Infinity : Number(labels["le"]);
      if (!(le > before.le) || value < before.value) {
        throw new Error(`buckets do not grow: ${name}`);
      }
      before = { le, value };
    } else if (name.endsWith("_count")) {
      if (before.le !== Infinity || before.value !== value) throw new Error(`${name} is not +Inf`);
      before = { le: -Infinity, value: 0 };
    }
  }
}
