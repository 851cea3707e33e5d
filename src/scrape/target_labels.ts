/** From what a discovery says of a target to the labels that it has, as Prometheus's `PopulateLabels`. */
import { formatDuration, parseDuration } from "../duration.ts";
import type { ResolvedJob } from "../options.ts";
import type { Labels } from "../types.ts";
import { sortedPairs } from "../relabel/rule.ts";
import type { Relabeler } from "../relabel/relabel.ts";

/** What was discovered of a target, and what became of it. */
export interface Populated {
  /** Before all rules: what `/api/v1/targets` shows as `discoveredLabels`. */
  readonly discovered: Labels;
  /** Undefined when there is no such target. */
  readonly labels: Labels | undefined;
  /** Why there is none; undefined when the rules dropped it. */
  readonly fault?: string;
}

/** Labels that say how a target is scraped, by the option of its job that they stand for. */
export const HISTOGRAM_LABELS = {
  nativeHistograms: "__scrape_native_histograms__",
  alwaysClassicHistograms: "__always_scrape_classic_histograms__",
  convertClassicHistograms: "__convert_classic_histograms_to_nhcb__",
} as const;

/** What Go's `strconv.ParseBool` takes. */
const BOOLS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false] as const),
]);

/** Applies the defaults and the rules of a job to a target. */
export function populate(
  job: ResolvedJob,
  rules: Relabeler,
  own: Labels,
  ofGroup: Labels,
): Populated {
  const discovered = discoveredLabels(job, own, ofGroup);
  const relabeled = rules.apply(sortedPairs(discovered));
  if (relabeled === "dropped") return { discovered, labels: undefined };
  if (relabeled === "too_large") {
    return { discovered, labels: undefined, fault: "the rules make its labels too large" };
  }
  const labels: Record<string, string> = Object.fromEntries(relabeled);
  const fault = faultOf(labels);
  if (fault !== undefined) return { discovered, labels: undefined, fault };
  for (const name of Object.keys(labels)) if (name.startsWith("__meta_")) delete labels[name];
  // No label has an empty value here.
  labels["instance"] ??= labels["__address__"]!;
  return { discovered, labels };
}

/** The labels of a target before its job's rules see them. */
export function discoveredLabels(job: ResolvedJob, own: Labels, ofGroup: Labels): Labels {
  const labels: Record<string, string> = { ...ofGroup, ...own };
  const defaults: [string, string][] = [
    ["job", job.jobName],
    ["__scrape_interval__", formatDuration(job.scrapeIntervalMs)],
    ["__scrape_timeout__", formatDuration(job.scrapeTimeoutMs)],
    ["__metrics_path__", job.metricsPath],
    ["__scheme__", job.scheme],
    ...Object.entries(HISTOGRAM_LABELS).map(([option, name]): [string, string] => [
      name,
      String(job[option as keyof typeof HISTOGRAM_LABELS]),
    ]),
    ...Object.entries(job.params).map(([name, values]): [string, string] => [
      `__param_${name}`,
      values[0] ?? "",
    ]),
  ];
  for (const [name, value] of defaults) if (!labels[name]) labels[name] = value;
  // An empty label is none.
  for (const [name, value] of Object.entries(labels)) if (value === "") delete labels[name];
  return labels;
}

/** Why labels are those of no target, in Prometheus's words. */
function faultOf(labels: Labels): string | undefined {
  const address = labels["__address__"];
  if (address === undefined) return "no address";
  if (address.includes("/")) return `${JSON.stringify(address)} is not a valid hostname`;
  const interval = durationOf(labels, "interval");
  if (typeof interval === "string") return interval;
  const timeout = durationOf(labels, "timeout");
  if (typeof timeout === "string") return timeout;
  if (timeout > interval) {
    const [got, most] = [labels["__scrape_timeout__"], labels["__scrape_interval__"]];
    return `scrape timeout cannot be greater than scrape interval ("${got}" > "${most}")`;
  }
  for (const name of Object.values(HISTOGRAM_LABELS)) {
    const text = labels[name];
    if (text !== undefined && !BOOLS.has(text)) {
      return `error parsing ${name}: got ${JSON.stringify(text)}, expected true or false`;
    }
  }
  for (const [name, value] of Object.entries(labels)) {
    if (/\p{Surrogate}/u.test(value)) {
      return `invalid label value for ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    }
  }
  return undefined;
}

/** In milliseconds, or what is wrong with it. */
function durationOf(labels: Labels, which: "interval" | "timeout"): number | string {
  const text = labels[`__scrape_${which}__`] ?? "";
  const ms = parseDuration(text);
  if (ms === undefined) {
    const why = text === "" ? "empty duration string" : "not a valid duration string: ";
    return `error parsing scrape ${which}: ${why}${text && JSON.stringify(text)}`;
  }
  return ms === 0 ? `scrape ${which} cannot be 0` : ms;
}

/** How a target's labels have it: of labels that {@link populate} has taken. */
export function timesOf(
  labels: Labels,
): { readonly intervalMs: number; readonly timeoutMs: number } {
  return {
    intervalMs: parseDuration(labels["__scrape_interval__"]!)!,
    timeoutMs: parseDuration(labels["__scrape_timeout__"]!)!,
  };
}

/** What is done with histograms of a target: by its labels, and where rules have taken one away, by its job. */
export function histogramsOf(
  labels: Labels,
  job: ResolvedJob,
): Readonly<Record<keyof typeof HISTOGRAM_LABELS, boolean>> {
  const one = (option: keyof typeof HISTOGRAM_LABELS): boolean =>
    BOOLS.get(labels[HISTOGRAM_LABELS[option]] ?? "") ?? job[option];
  return {
    nativeHistograms: one("nativeHistograms"),
    alwaysClassicHistograms: one("alwaysClassicHistograms"),
    convertClassicHistograms: one("convertClassicHistograms"),
  };
}

/** The labels that a target's series get: a name that begins with `__` is for walq alone. */
export function publicLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith("__")));
}
