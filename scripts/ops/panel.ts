/** A panel as it is thought of; what Grafana wants to know beside that is in grafana.ts. */

import type { Selection } from "./expressions.ts";

/** Units of Grafana. */
export type Unit = "short" | "s" | "bytes" | "Bps" | "cps" | "percentunit" | "none";

export interface Query {
  readonly expr: string;
  /** With `{{label}}`; of a table the head of the column. */
  readonly legend: string;
}

interface Common {
  readonly title: string;
  /** What it says, and what to make of it. */
  readonly doc: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of 24. */
  readonly width: number;
  readonly height: number;
}

/** From this value on it has this colour. */
export type Step = readonly [from: number | null, color: "green" | "orange" | "red" | "blue"];

/** One number: what whoever was woken sees first. */
export interface Stat extends Common {
  readonly type: "stat";
  readonly steps: readonly Step[];
  /** Texts that stand for numbers. */
  readonly texts?: Readonly<Record<string, string>>;
  /** What stands there when the query finds nothing. */
  readonly nothing: string;
}

/** Lines over time. */
export interface Lines extends Common {
  readonly type: "timeseries";
  readonly isStacked?: boolean;
}

/** A row for each endpoint; each query is a column. */
export interface Table extends Common {
  readonly type: "table";
  /** Units of columns that do not have the panel's. */
  readonly units: Readonly<Record<string, Unit>>;
}

export type Panel = Stat | Lines | Table;

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Opened by hand: what one looks into after the rest. */
  readonly isClosed?: boolean;
}

/** The selection that the dashboard's variables make, of the program's series and of an endpoint's. */
export const PROGRAM: Selection = 'job=~"$job", instance=~"$instance"';
export const ENDPOINT: Selection = `${PROGRAM}, endpoint=~"$endpoint"`;

/** Red where there is one at all. */
export const NONE_IS_WELL: readonly Step[] = [[null, "green"], [1e-9, "red"]];
/** The same, and only orange. */
export const NONE_IS_BEST: readonly Step[] = [[null, "green"], [1e-9, "orange"]];

/** Lines over half of the width. */
export function lines(
  title: string,
  unit: Unit,
  doc: string,
  queries: Readonly<Record<string, string>>,
  more: Partial<Pick<Lines, "isStacked" | "width">> = {},
): Lines {
  const all = Object.entries(queries).map(([legend, expr]) => ({ legend, expr }));
  return { type: "timeseries", title, unit, doc, queries: all, width: 12, height: 8, ...more };
}

/** A small number. */
export function stat(
  title: string,
  unit: Unit,
  doc: string,
  expr: string,
  more: Pick<Stat, "steps"> & Partial<Stat>,
): Stat {
  return {
    type: "stat",
    title,
    unit,
    doc,
    queries: [{ expr, legend: "" }],
    width: 3,
    height: 4,
    nothing: "none",
    ...more,
  };
}
