/** Random rules for labels, and random series for them. */
import { Dice } from "../../simulation/dice.ts";
import type { LabelPairs } from "./write_request.ts";

/** Which Prometheus is meant: 2.42 knows classic names alone, and a newline is nothing to its dot. */
export type Dialect = "2.42" | "3";

/** A rule as the file has it: JSON is YAML. */
export type Rule = Readonly<Record<string, unknown>>;

const NAMES = ["__name__", "job", "instance", "pod", "pod_name", "zone", "__replica__", "path"];
const UTF8_NAMES = ["k8s.pod", "größe", "a b"];
const VALUES = [
  "up",
  "node_cpu_seconds_total",
  "host-1.example:9100",
  "host-22.example:9100",
  "eu-west-1",
  "EU-WEST-1",
  "/api/v1/write",
  "42",
  "0",
  "größe ÄÖ ß İ ΑΣ ᾳ",
  "$1 ${x}",
  "a;b",
  " spaces ",
];
const NEWLINES = ["one\ntwo", "\n"];

const REGEXES = [
  "(.*)",
  ".*",
  ".+",
  "",
  "up",
  "up|42",
  "(.+)-(.+)",
  "(.*);(.*)",
  "host-(\\d+)\\..*",
  "(?P<x>[a-z]+)(?P<y>.*)",
  // Of two groups of one name the first that has matched counts.
  "(?P<x>[a-z]+)|(?P<x>\\d+)",
  "(?P<x>up)?(?P<x>.*)(?P<y>.)",
  "(?i)eu-(.*)",
  "(?i:EU)-(west|east)-(\\d)",
  "[^0-9]*",
  ".{1,12}",
  "([a-z_]+)_total",
  "(a|b|c)*?(.*?)",
  "(\\pL+) (\\PL*)?.*",
  "((.)(.))?.*",
  "[[:alpha:]]+(:\\d+)?",
  "\\Qhost-1.\\E.*",
  "^(?:host-.*)$",
  "a)|(host.*",
  "(?U)(.+)(\\d*)",
];
const NAME_REGEXES = [
  "pod.*",
  "__(.*)__",
  "(.*)_name",
  "job|instance",
  "(.)(.*)",
  "[a-m].*",
  "_*(.+)",
  "k8s\\.(.*)",
];
const REPLACEMENTS = [
  "$1",
  "${1}",
  "$1x",
  "${1}x",
  "$2-$1",
  "$$1",
  "",
  "constant",
  "$x",
  "${x}_${y}",
  "é$1",
  "$0",
  "$",
  "${",
  "$1$2$3",
];
const TARGETS = ["pod", "__name__", "zone", "new_label", "__tmp_x", "job", "cluster"];
const TARGET_TEMPLATES = ["${1}", "$1_x", "l_${1}", "${x}_y", "l_$x"];
/** What labels are named by, never nothing. */
const NAME_REPLACEMENTS = ["m_$1", "mapped_${1}_x", "m_$2$1", "one", "m_$1x"];
/**
 * Of these no two names become one: which of their values counts then is another
 * thing in 2.42, where each rule begins with all labels in order.
 */
const NAME_MAPS: readonly (readonly [regex: string, replacement: string])[] = [
  ["pod(.*)", "m_$1"],
  ["__(.*)__", "m_${1}_x"],
  ["(.*)_name", "n_$1"],
  ["(.)(.*)", "m_$2$1"],
  ["job|instance", "$0$0"],
];
const ACTIONS = [
  "replace",
  "keep",
  "drop",
  "keepequal",
  "dropequal",
  "hashmod",
  "labelmap",
  "labeldrop",
  "labelkeep",
  "lowercase",
  "uppercase",
] as const;

export class RandomRules {
  readonly #dice: Dice;
  readonly #names: readonly string[];
  readonly #values: readonly string[];
  readonly #targets: readonly string[];
  readonly #dialect: Dialect;

  constructor(seed: number, dialect: Dialect) {
    this.#dice = new Dice(seed);
    this.#dialect = dialect;
    const isNew = dialect === "3";
    this.#names = isNew ? [...NAMES, ...UTF8_NAMES] : NAMES;
    this.#values = isNew ? [...VALUES, ...NEWLINES] : VALUES;
    this.#targets = isNew ? [...TARGETS, "größe.x", ...UTF8_NAMES] : TARGETS;
  }

  /** Sorted labels, which no other series has. */
  series(id: number): LabelPairs {
    const names = this.#names.filter((name) => name !== "__name__" && this.#dice.chance(0.6));
    const labels = [
      ["__name__", this.#dice.pick(this.#values.slice(0, 2))],
      ...names.map((name) => [name, this.#dice.pick(this.#values)]),
      ["series", String(id)],
    ] as [string, string][];
    const encoder = new TextEncoder();
    const key = (name: string) => String.fromCharCode(...encoder.encode(name));
    return labels.sort(([a], [b]) => key(a) < key(b) ? -1 : 1);
  }

  /** The action goes by the number, so that none is missing. */
  rule(number: number): Rule {
    const action = ACTIONS[number % ACTIONS.length]!;
    const dice = this.#dice;
    const written = { action: dice.chance(0.3) ? action.toUpperCase() : action };
    const source = {
      source_labels: Array.from({ length: dice.between(1, 3) }, () => dice.pick(this.#names)),
    };
    const separator = dice.chance(0.3) ? { separator: dice.pick(["", "-", ";;", "$1"]) } : {};
    const regex = { regex: dice.pick(REGEXES) };
    const target = { target_label: dice.pick(this.#targets) };
    switch (action) {
      case "replace": {
        const isTemplate = dice.chance(0.3);
        return {
          ...written,
          ...(dice.chance(0.9) ? source : {}),
          ...separator,
          ...(dice.chance(0.8) ? regex : {}),
          target_label: dice.pick(isTemplate ? TARGET_TEMPLATES : this.#targets),
          ...(dice.chance(0.8) ? { replacement: dice.pick(REPLACEMENTS) } : {}),
        };
      }
      case "keep":
      case "drop":
        return { ...written, ...source, ...separator, ...regex };
      case "keepequal":
      case "dropequal":
        return { ...written, ...source, target_label: dice.pick(this.#names) };
      case "hashmod":
        return {
          ...written,
          ...source,
          ...separator,
          ...target,
          modulus: dice.between(1, 1_000_000),
        };
      case "labelmap": {
        const [mapped, name] = this.#dialect === "3"
          ? [dice.pick(NAME_REGEXES), dice.pick(NAME_REPLACEMENTS)]
          : dice.pick(NAME_MAPS);
        return { ...written, regex: mapped, replacement: name };
      }
      case "labeldrop":
      case "labelkeep":
        return { ...written, regex: dice.pick(NAME_REGEXES) };
      case "lowercase":
      case "uppercase":
        return { ...written, ...source, ...separator, ...target };
    }
  }
}
