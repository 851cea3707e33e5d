/** An alert: its rule, what whoever it wakes wants to know, and series with which it fires and rests. */

/** `critical`: data is lost, or will be soon. `warning`: look at it today. */
export type Severity = "critical" | "warning";

/** Series as promtool's tests write them, a value a minute. */
export type Series = Readonly<Record<string, string>>;

export interface Alert {
  readonly name: string;
  readonly severity: Severity;
  readonly expr: string;
  /** How long the expression has to hold: "5m"; "0m" at once. */
  readonly forTime: string;
  /** For the table in docs/metrics.md: what is the matter, in a few words. */
  readonly what: string;
  /** Of the annotation: with `{{ $labels.x }}`, and `{{ $value ... }}` at most once. */
  readonly summary: string;
  /** What it means: what is lost, and what is not. */
  readonly meaning: string;
  readonly look: readonly string[];
  readonly act: readonly string[];
  readonly fires: Fires;
  /** Series alike in which it must not fire, and why not. */
  readonly rests: readonly Rests[];
}

export interface Fires {
  readonly series: Series;
  /** When it fires: "20m". */
  readonly at: string;
  /** The labels of the alert, beside its severity. */
  readonly labels: Readonly<Record<string, string>>;
  /** What stands for `{{ $value ... }}` in the summary. */
  readonly value?: string;
}

export interface Rests {
  readonly because: string;
  readonly series: Series;
  readonly at: string;
}

/** The labels that a Prometheus adds, in the tests. */
export const TARGET: Readonly<Record<string, string>> = { job: "walq", instance: "edge-7:9099" };
export const ENDPOINT: Readonly<Record<string, string>> = { ...TARGET, endpoint: "mimir" };

/** A series of the tests. */
export function selector(
  name: string,
  labels: Readonly<Record<string, string>> = ENDPOINT,
): string {
  return `${name}{${Object.entries(labels).map(([key, value]) => `${key}="${value}"`).join(",")}}`;
}
