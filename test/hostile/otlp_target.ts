/** The readers of OTLP, with metrics of every kind, and what is made of them. */
import { readOtlp } from "../../src/otlp/content.ts";
import { KnownSeries } from "../../src/otlp/known_series.ts";
import { resolveOtlp } from "../../src/otlp/settings.ts";
import { translate } from "../../src/otlp/translate.ts";
import { CORPUS } from "../otlp/corpus.ts";
import { DeltaStreams } from "../../src/otlp/delta/delta_streams.ts";
import { SEQUENCES } from "../otlp/delta_corpus.ts";
import { RecordingSink, SeriesTable } from "../otlp/recording_sink.ts";
import { encodeOtlp, jsonOtlp } from "../support/otlp.ts";
import type { Target } from "./targets.ts";

/** Short ones: what is changed in them is met. */
const REQUESTS = [
  ...Object.values(SEQUENCES).map(([, second]) => second!),
  ...["gauges", "sums", "histograms", "native histograms", "summaries"]
    .map((name) => CORPUS[name]!),
];

function target(form: "protobuf" | "json", corpus: readonly Uint8Array[]): Target {
  const classic = resolveOtlp({ promoteAllResourceAttributes: true, deltas: "cumulative" });
  const native = resolveOtlp({
    deltas: "native",
    convertHistogramsToNhcb: true,
    translationStrategy: "NoTranslation",
    promoteScopeMetadata: true,
  });
  return {
    name: `OTLP in ${form === "json" ? "JSON" : form}`,
    corpus,
    feed: (bytes) => {
      const resources = readOtlp(bytes, form);
      return [classic, native].map((settings) => {
        const streams = new DeltaStreams({ monotonicMs: () => 0 });
        const table = new SeriesTable();
        const known = new KnownSeries(1 << 16);
        const take = (isDurable: boolean): { told: string; points: number; refused: number } => {
          const sink = new RecordingSink(table);
          const round = streams.begin(settings.deltaBounds);
          const how = { settings, bytesMax: 1 << 22, round, known };
          const { points, refused } = translate(resources, sink, how);
          round.settle(isDurable);
          return { told: `${points} ${refused} ${sink.rows.length}`, points, refused };
        };
        // What was not durable was never there, and what is known changes nothing.
        const { told } = take(false);
        const again = take(true);
        if (told !== again.told) throw new Error(`first ${told}, then ${again.told}`);
        const { points, refused } = again;
        if (refused > points) throw new Error(`${refused} of ${points} points refused`);
        return told;
      }).join();
    },
  };
}

/** Both forms. */
export function otlpTargets(): Target[] {
  return [
    target("protobuf", REQUESTS.map(encodeOtlp)),
    target("json", REQUESTS.map(jsonOtlp)),
  ];
}
