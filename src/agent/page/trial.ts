/** Rules for labels, tried on series that come in. */
import type { Clock, LabelPair, Relabeled } from "../../contracts.ts";
import type { ResolvedEndpoint } from "../../options.ts";
import { patternCost } from "../../relabel/pattern_cost.ts";
import { RELABELED_LENGTH_MAX } from "../../relabel/relabel.ts";
import { DEFAULT_REGEX } from "../../relabel/rule.ts";
import type { SampledSeries } from "../../sampling/series_sample.ts";
import type { TriedRules, TriedSeries } from "./protocol.ts";

/** Series that are shown of each kind. */
const EXAMPLES_MAX = 25;
/** A series may be a megabyte: nobody reads that. */
const SHOWN_LENGTH_MAX = 400;
/** All of it takes no longer; what is left is told. */
const TRIAL_MS_MAX = 3_000;
/** Everybody else has their turn after so long. */
const TURN_MS = 10;

/** Steps of expressions that one series may take, of which a machine makes some fifteen millions a second. */
const SERIES_STEPS_MAX = 20_000_000;
/** Most series are shorter. */
const SERIES_LENGTH_MIN = 500;

/**
 * How long the labels of a series may be, to be tried on these rules: nobody else has
 * their turn while a series is tried.
 */
export function triedLengthMax(rules: ResolvedEndpoint["writeRelabelConfigs"]): number {
  const costs = rules.map(({ regex = DEFAULT_REGEX, sourceLabels = [] }) =>
    patternCost(regex) * Math.max(1, sourceLabels.length)
  );
  const length = SERIES_STEPS_MAX / costs.reduce((sum, cost) => sum + cost, 1);
  return Math.min(Math.max(SERIES_LENGTH_MIN, Math.floor(length)), RELABELED_LENGTH_MAX);
}

/** What the rules are tried with. */
interface TrialDependencies {
  readonly clock: Clock;
  readonly relabel: (labels: readonly LabelPair[]) => Relabeled;
  /** Series that are longer, before the rules or by them, are left out. */
  readonly lengthMax: number;
}

/** What the rules make of each series, and what that saves. Gives way to others, and ends in time. */
export async function tryRules(
  sample: readonly SampledSeries[],
  { clock, relabel, lengthMax }: TrialDependencies,
): Promise<TriedRules> {
  const tally = new Tally();
  const endMs = clock.monotonicMs() + TRIAL_MS_MAX;
  let turnMs = clock.monotonicMs() + TURN_MS;
  for (const series of sample) {
    const nowMs = clock.monotonicMs();
    if (nowMs >= endMs) break;
    if (nowMs >= turnMs) {
      await new Promise<void>((resolve) => clock.after(0, resolve));
      turnMs = clock.monotonicMs() + TURN_MS;
    }
    if (lengthOf(series) > lengthMax) continue;
    const made = relabel(series.labels);
    if (made === "too_large" && lengthMax < RELABELED_LENGTH_MAX) continue;
    tally.add(series, made);
  }
  return tally.result(sample.length);
}

function lengthOf({ labels }: SampledSeries): number {
  return labels.reduce((sum, [name, value]) => sum + name.length + value.length + 1, 0);
}

class Tally {
  readonly #shown = { dropped: new Examples(), changed: new Examples(), kept: new Examples() };
  /** What series became, to see which became the same. */
  readonly #made = new Set<string>();
  #series = 0;
  #samples = 0;
  #kept = 0;
  #changed = 0;
  #dropped = 0;
  #broken = 0;
  #droppedSamples = 0;
  #merged = 0;

  add({ labels, samples }: SampledSeries, made: Relabeled): void {
    this.#series++;
    this.#samples += samples;
    if (typeof made === "string") {
      if (made === "dropped") this.#dropped++;
      else this.#broken++;
      this.#droppedSamples += samples;
      const after = made === "dropped" ? "" : made.replace("_", " ");
      return this.#shown.dropped.add(labels, after, samples);
    }
    const key = JSON.stringify(made);
    if (this.#made.has(key)) this.#merged++;
    this.#made.add(key);
    const isSame = key === JSON.stringify(labels);
    if (isSame) this.#kept++;
    else this.#changed++;
    this.#shown[isSame ? "kept" : "changed"].add(labels, seriesText(made), samples);
  }

  result(wanted: number): TriedRules {
    return {
      problems: [],
      series: this.#series,
      samples: this.#samples,
      kept: this.#kept,
      changed: this.#changed,
      dropped: this.#dropped,
      broken: this.#broken,
      droppedSamples: this.#droppedSamples,
      merged: this.#merged,
      examples: {
        dropped: this.#shown.dropped.list,
        changed: this.#shown.changed.list,
        kept: this.#shown.kept.list,
      },
      isComplete: this.#series === wanted,
    };
  }
}

/** The first few. */
class Examples {
  readonly list: TriedSeries[] = [];

  add(labels: readonly LabelPair[], after: string, samples: number): void {
    if (this.list.length < EXAMPLES_MAX) {
      this.list.push({ before: seriesText(labels), after, samples });
    }
  }
}

/** As PromQL has it, cut where it is long. */
export function seriesText(labels: readonly LabelPair[]): string {
  const name = labels.find(([label]) => label === "__name__")?.[1] ?? "";
  const others = labels.filter(([label]) => label !== "__name__")
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  const text = name + (others.length > 0 ? `{${others.join(", ")}}` : "");
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX - 1)}…`;
}
