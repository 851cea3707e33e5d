/** Contestants by turns, each time as a fresh process: what a machine does meanwhile meets all of them. */
import type { Row } from "./comparison.ts";

/** What is measured once a round. */
export interface Contender<Cost> {
  /** Its name in the table. */
  readonly name: string;
  readonly measure: () => Promise<Cost>;
}

/** Each contender once a round; in each round another one comes first. */
export async function byTurns<Cost>(
  rounds: number,
  contenders: readonly Contender<Cost>[],
): Promise<Row<Cost>[]> {
  const rows = contenders.map(({ name }) => ({ name, costs: [] as Cost[] }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const at = (round + turn) % contenders.length;
      rows[at]!.costs.push(await contenders[at]!.measure());
      // On the other stream: what is on this one is the table.
      console.error(`round ${round + 1} of ${rounds}: measured ${contenders[at]!.name}`);
    }
  }
  return rows;
}
