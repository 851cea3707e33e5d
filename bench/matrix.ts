/** Relaying in each version of remote write, of series that stay and of new ones, to one endpoint and more. */
import { isInstalled } from "../test/peers/support/installed.ts";
import type { AnyRuntime } from "../test/peers/support/walq.ts";
import type { Wire } from "../test/peers/support/wire.ts";
import { type Entry, vmagentEntry, walqEntry } from "./contestant.ts";
import { measureRelay, type RelayCost, type RelayLoad } from "./relay.ts";
import { cpuOf, MORE_RELAY_FIGURES, RELAY_FIGURES } from "./relay_figures.ts";
import { report, type Reporting } from "./report.ts";
import { byTurns } from "./rounds.ts";

/** What is relayed, how, and by whom. */
interface Case {
  readonly from: Wire;
  readonly to: Wire;
  readonly sets: "steady" | "churn";
  readonly endpoints: number;
  /** A runtime of walq, or vmagent. */
  readonly by: AnyRuntime | "vmagent";
}

const WIRES: readonly (readonly [Wire, Wire])[] = [
  ["1.0", "1.0"],
  ["1.0", "2.0"],
  ["2.0", "2.0"],
  ["2.0", "1.0"],
];
const ENDPOINTS = [1, 2, 4];

/** Where there is a filter, only the rows whose names have it. False where samples are missing. */
export async function compareMatrix(
  runtimes: readonly AnyRuntime[],
  load: RelayLoad,
  reporting: Reporting,
  filter = "",
): Promise<boolean> {
  const cases = casesOf(runtimes).filter((one) => nameOf(one).includes(filter));
  if (cases.length === 0) throw new Error(`No row has "${filter}" in its name`);
  const byName = new Map(cases.map((one) => [nameOf(one), one]));
  const rows = await byTurns(
    reporting.rounds,
    cases.map((one) => ({
      name: nameOf(one),
      measure: () =>
        measureRelay(entryOf(one), { ...load, wire: one.from, isChurn: one.sets === "churn" }),
    })),
  );
  /** The row that differs in this alone; none for such a row itself. */
  const peerWith = (change: Partial<Case>) => (name: string): string | undefined => {
    const peer = nameOf({ ...byName.get(name)!, ...change });
    return peer === name ? undefined : peer;
  };
  const peers: readonly (readonly [string, Partial<Case>])[] = [
    ["CPU of vmagent's 1.0 -> 1.0", { from: "1.0", to: "1.0", by: "vmagent" }],
    ["of steady's", { sets: "steady" }],
    ["of one endpoint's", { endpoints: 1 }],
  ];
  report<RelayCost>(reporting, {
    command: "matrix",
    setup: { load },
    rows,
    tables: [
      {
        figures: RELAY_FIGURES,
        ratios: peers.map(([name, change]) => ({ name, of: cpuOf, peerOf: peerWith(change) })),
      },
      { figures: MORE_RELAY_FIGURES, ratios: [] },
    ],
  });
  return rows.every(({ costs }) => costs.every(({ missing }) => missing === 0));
}

function casesOf(runtimes: readonly AnyRuntime[]): Case[] {
  const peers = isInstalled("vmagent") ? ["vmagent" as const] : [];
  return WIRES.flatMap(([from, to]) =>
    (["steady", "churn"] as const).flatMap((sets) =>
      ENDPOINTS.flatMap((endpoints) =>
        // vmagent neither takes nor sends 2.0.
        [...runtimes, ...(from === "1.0" && to === "1.0" ? peers : [])]
          .map((by): Case => ({ from, to, sets, endpoints, by }))
      )
    )
  );
}

function nameOf({ from, to, sets, endpoints, by }: Case): string {
  const who = by === "vmagent" ? by : `walq ${by}`;
  return `${from} -> ${to}, ${sets}, ${endpoints} endpoint${endpoints === 1 ? "" : "s"}, ${who}`;
}

function entryOf({ to, endpoints, by }: Case): Entry {
  if (by === "vmagent") return vmagentEntry(endpoints);
  return walqEntry({ runtime: by, out: to, endpoints });
}
