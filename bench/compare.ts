/** walq beside vmagent, on the same load, by turns. */
import { isInstalled } from "../test/peers/support/installed.ts";
import type { AnyRuntime } from "../test/peers/support/walq.ts";
import { type Entry, vmagentEntry, walqEntry } from "./contestant.ts";
import { measureRelay, type RelayCost, type RelayLoad } from "./relay.ts";
import { cpuOf, MORE_RELAY_FIGURES, peakRssOf, RELAY_FIGURES } from "./relay_figures.ts";
import { report, type Reporting } from "./report.ts";
import { byTurns } from "./rounds.ts";

/** vmagent puts so many samples into a request. */
const VMAGENT_ROWS = 10_000;

const PROMISES = `What each has promised when it answers 204:
  walq     every sample is in a file, fsynced, renamed into place, its directory fsynced.
  vmagent  the samples are in its memory; it writes to disk when the endpoint falls behind or
           when it is stopped, and does not fsync: kill -9 or a power cut loses what was there.`;

/** False where samples are missing. */
export async function compare(
  runtimes: readonly AnyRuntime[],
  load: RelayLoad,
  reporting: Reporting,
): Promise<boolean> {
  const entries: Entry[] = runtimes.flatMap((runtime) => [
    walqEntry({ runtime }),
    walqEntry({ runtime, queueConfig: [`max_samples_per_send: ${VMAGENT_ROWS}`] }),
  ]);
  const peer = vmagentEntry();
  if (isInstalled("vmagent")) entries.push(peer);
  else console.log("vmagent is not installed (apt-get install victoria-metrics): walq alone");

  const { series, rows, scrapes, intervalMs, warmUpScrapes } = load;
  console.log(
    `${series} series of 10 labels, ${rows} samples a request, ${scrapes} scrapes ` +
      `${intervalMs} ms apart: ${series * scrapes} samples, after ${warmUpScrapes} scrapes ` +
      "to warm up; remote write 1.0 in and out, one endpoint; all else at its default",
  );
  const measured = await byTurns(
    reporting.rounds,
    entries.map((entry) => ({ name: entry.name, measure: () => measureRelay(entry, load) })),
  );
  const peerOf = (name: string): string | undefined => name === peer.name ? undefined : peer.name;
  report<RelayCost>(reporting, {
    command: "relay",
    setup: { load },
    rows: measured,
    tables: [
      {
        figures: RELAY_FIGURES,
        ratios: [
          { name: "CPU of vmagent's", of: cpuOf, peerOf },
          { name: "RSS of vmagent's", of: peakRssOf, peerOf },
        ],
      },
      { figures: MORE_RELAY_FIGURES, ratios: [] },
    ],
  });
  console.log(PROMISES);
  return measured.every(({ costs }) => costs.every(({ missing }) => missing === 0));
}
