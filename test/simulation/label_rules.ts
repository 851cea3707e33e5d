/** Rules for labels, in a part of the schedules: what they drop never arrives, and the rest has what they say. */
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import type { LabelPairs } from "../support/signals.ts";
import type { Dice } from "./dice.ts";

const CHANCE = 0.25;

/** Rules that are the same for all endpoints, whatever else changes: one may send what another has left. */
export interface LabelRules {
  /** A series that does not arrive. */
  readonly dropped: number;
  readonly configs: EndpointOptions["writeRelabelConfigs"];
}

export function randomRules(dice: Dice, series: number): LabelRules | undefined {
  if (!dice.chance(CHANCE)) return undefined;
  const dropped = dice.between(0, series - 1);
  const others = Array.from({ length: series }, (_, one) => `s${one}`).filter((name) =>
    name !== `s${dropped}`
  );
  const sourceLabels = ["__name__"];
  return {
    dropped,
    configs: [
      dice.chance(0.5)
        ? { action: "drop", sourceLabels, regex: `s${dropped}` }
        : { action: "keep", sourceLabels, regex: others.join("|") },
      // What rules made of one set is seen on another.
      { sourceLabels, regex: "s(.*)", targetLabel: "series", replacement: "no-$1" },
      { action: "labeldrop", regex: "job" },
    ],
  };
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
): string | undefined {
  const { __name__: name = "", job, series } = Object.fromEntries(pairs);
  const [wantedJob, wantedSeries] = rules === undefined
    ? ["simulation", undefined]
    : [undefined, name.replace("s", "no-")];
  if (name === `s${rules?.dropped}`) return `${name}, which the rules drop`;
  if (job === wantedJob && series === wantedSeries) return undefined;
  return `${name} with job ${job} and series ${series}`;
}
