/** The readers of OTLP, with metrics of every kind, and what is made of them. */
import { readOtlp } from "../../src/otlp/content.ts";
import { resolveOtlp } from "../../src/otlp/settings.ts";
import { translate } from "../../src/otlp/translate.ts";
import { CORPUS } from "../otlp/corpus.ts";
import { RecordingSink } from "../otlp/recording_sink.ts";
import { encodeOtlp, jsonOtlp } from "../support/otlp.ts";
import type { Target } from "./targets.ts";

/** Short ones: what is changed in them is met. */
const REQUESTS = ["gauges", "sums", "histograms", "native histograms", "summaries"]
  .map((name) => CORPUS[name]!);

function target(form: "protobuf" | "json", corpus: readonly Uint8Array[]): Target {
  const classic = resolveOtlp({ promoteAllResourceAttributes: true });
  const native = resolveOtlp({
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
        const sink = new RecordingSink();
        const { points, refused } = translate(resources, sink, { settings, bytesMax: 1 << 22 });
        if (refused > points) throw new Error(`${refused} of ${points} points refused`);
        return `${points} ${refused} ${sink.rows.length}`;
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
