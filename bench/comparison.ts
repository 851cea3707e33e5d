/** A table of what was measured in rounds: medians, spread, and ratios within a round. */
import { type Spread, spreadOf } from "./statistics.ts";
import { formatTable } from "./table.ts";

/** What one contestant cost: once for each round. */
export interface Row<Cost> {
  readonly name: string;
  readonly costs: readonly Cost[];
}

/** A column of the table. */
export interface Figure<Cost> {
  /** With its unit. */
  readonly name: string;
  readonly of: (cost: Cost) => number;
  readonly digits: number;
}

/** A column of ratios of a figure, each to another row's in the same round. */
export interface Ratio<Cost> {
  readonly name: string;
  readonly of: (cost: Cost) => number;
  /** The name of the other row; undefined where there is none to compare with. */
  readonly peerOf: (name: string) => string | undefined;
}

/** How a table is made of rows. */
export interface Columns<Cost> {
  readonly figures: readonly Figure<Cost>[];
  readonly ratios: readonly Ratio<Cost>[];
}

/** A row, summed up: by the names of its columns. */
export interface Summary {
  readonly name: string;
  readonly figures: Readonly<Record<string, Summed>>;
}

/** A figure or ratio of a row, and what it was made of. */
export interface Summed extends Spread {
  readonly rounds: readonly number[];
}

const RATIO_DIGITS = 2;

export function summarize<Cost>(
  rows: readonly Row<Cost>[],
  { figures, ratios }: Columns<Cost>,
): Summary[] {
  return rows.map(({ name, costs }) => {
    const all: [string, Summed][] = figures.map((figure) => [
      figure.name,
      summed(costs.map(figure.of)),
    ]);
    for (const { name: column, of, peerOf } of ratios) {
      const peerName = peerOf(name);
      const peer = rows.find((row) => row.name === peerName);
      // One that cost less than can be counted is nothing to compare with.
      if (peer === undefined || peer.costs.some((cost) => of(cost) === 0)) continue;
      // The machine of one round is not that of another one.
      all.push([column, summed(costs.map((cost, round) => of(cost) / of(peer.costs[round]!)))]);
    }
    return { name, figures: Object.fromEntries(all) };
  });
}

/** Medians, and where there are several rounds the least and the most behind them. */
export function formatSummaries<Cost>(
  summaries: readonly Summary[],
  { figures, ratios }: Columns<Cost>,
): string {
  const columns = [
    ...figures,
    ...ratios.map(({ name }) => ({ name, digits: RATIO_DIGITS })),
  ];
  return formatTable([
    ["", ...columns.map(({ name }) => name)],
    ...summaries.map((summary) => [
      summary.name,
      ...columns.map(({ name, digits }) => formatSummed(summary.figures[name], digits)),
    ]),
  ]);
}

function formatSummed(one: Summed | undefined, digits: number): string {
  if (one === undefined) return "-";
  const [median, least, most] = [one.median, one.least, one.most].map((n) => n.toFixed(digits));
  return one.rounds.length === 1 || least === most ? median! : `${median} (${least}-${most})`;
}

function summed(rounds: readonly number[]): Summed {
  return { ...spreadOf(rounds), rounds };
}
