/** Rules for labels, in a part of the schedules: what they drop never arrives, and the rest has what they say. */
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import type { LabelPairs } from "../support/signals.ts";
import type { Dice } from "./dice.ts";

const CHANCE = 0.25;

/** What the rules of one version write in front of a series' number. */
const VERSIONS: readonly string[] = ["no", "nr", "id"];

/** The rules of one version, and what becomes of labels by them. */
interface VersionOfRules {
  readonly name: string;
  readonly configs: EndpointOptions["writeRelabelConfigs"];
}

/**
 * Rules that are the same for all endpoints, as one may send what another has left. A start
 * and an update may bring those of another version: from the moment in which the update is
 * through nothing leaves by the rules of before.
 */
export class LabelRules {
  /** A series that does not arrive, whatever the version. */
  readonly dropped: number;
  readonly #versions: readonly VersionOfRules[];
  readonly #dice: Dice;
  /** The one in force, and those of updates that have begun, in their order. */
  #inForce: readonly VersionOfRules[];

  constructor(dice: Dice, dropped: number, drop: LabelRule) {
    this.dropped = dropped;
    this.#dice = dice;
    const sourceLabels = ["__name__"];
    this.#versions = VERSIONS.map((name) => ({
      name,
      configs: [
        drop,
        // What rules made of one set is seen on another.
        { sourceLabels, regex: "s(.*)", targetLabel: "series", replacement: `${name}-$1` },
        { action: "labeldrop", regex: "job" },
      ],
    }));
    this.#inForce = [this.#versions[0]!];
  }

  /** Of the newest version. */
  get configs(): EndpointOptions["writeRelabelConfigs"] {
    return this.#newest.configs;
  }

  /** A process begins, with rules of any version. */
  restart(): void {
    this.#inForce = [this.#dice.pick(this.#versions)];
  }

  /** An update begins, with rules of any version; what is given back is called when it is through, or has failed. */
  update(): (isThrough: boolean) => void {
    const version = { ...this.#dice.chance(0.5) ? this.#dice.pick(this.#versions) : this.#newest };
    this.#inForce = [...this.#inForce, version];
    return (isThrough) => {
      const at = this.#inForce.indexOf(version);
      this.#inForce = isThrough
        ? this.#inForce.slice(at)
        : this.#inForce.filter((one) => one !== version);
    };
  }

  /** Whether a label may be what the rules make of the series. */
  makes(label: string | undefined, name: string): boolean {
    return this.#inForce.some((version) => label === name.replace("s", `${version.name}-`));
  }

  /** The same of any version: what is sent again has the labels that it had. */
  everMakes(label: string | undefined, name: string): boolean {
    return VERSIONS.some((version) => label === name.replace("s", `${version}-`));
  }

  get #newest(): VersionOfRules {
    return this.#inForce.at(-1)!;
  }
}

type LabelRule = NonNullable<EndpointOptions["writeRelabelConfigs"]>[number];

export function randomRules(dice: Dice, series: number): LabelRules | undefined {
  if (!dice.chance(CHANCE)) return undefined;
  const dropped = dice.between(0, series - 1);
  const others = Array.from({ length: series }, (_, one) => `s${one}`).filter((name) =>
    name !== `s${dropped}`
  );
  const sourceLabels = ["__name__"];
  const drop: LabelRule = dice.chance(0.5)
    ? { action: "drop", sourceLabels, regex: `s${dropped}` }
    : { action: "keep", sourceLabels, regex: others.join("|") };
  return new LabelRules(dice, dropped, drop);
}

/** Options by which each endpoint has the rules. */
export function withRules(options: QueueOptions, rules: LabelRules | undefined): QueueOptions {
  const configs = rules?.configs;
  if (configs === undefined) return options;
  const endpoints = options.endpoints.map((one) => ({ ...one, writeRelabelConfigs: configs }));
  return { ...options, endpoints };
}

/** What is wrong with the labels of a series as it arrives; undefined when nothing is. */
export function whyOtherLabels(
  pairs: LabelPairs,
  rules: LabelRules | undefined,
  isSentAgain: boolean = false,
): string | undefined {
  const { __name__: name = "", job, series } = Object.fromEntries(pairs);
  if (name === `s${rules?.dropped}`) return `${name}, which the rules drop`;
  const isRight = rules === undefined
    ? job === "simulation" && series === undefined
    : job === undefined &&
      (rules.makes(series, name) || (isSentAgain && rules.everMakes(series, name)));
  if (isRight) return undefined;
  return `${name} with job ${job} and series ${series}`;
}
