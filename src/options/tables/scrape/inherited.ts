import type { ScrapeProtocol } from "../../../contracts.ts";
import { defaulted, optional } from "../../block.ts";
import { choice, count, duration, flag, path, sizeOrZero } from "../../kinds.ts";
import type { EscapingScheme } from "../../resolved_scrape.ts";
import type { AnyKind, Kind, Option } from "../../table.ts";
import type { Duration, Size } from "../../values.ts";
import { protocols } from "./protocols.ts";

type Optional<K extends AnyKind> = Option<K, "optional">;
type Flag = Optional<Kind<boolean, boolean>>;
type Limit = Option<Kind<number, number>, "defaulted">;

/** The compiler wants to be told what a table may spread. */
type InheritedRows = {
  readonly scrapeInterval: Optional<Kind<Duration, number, "Ms">>;
  readonly scrapeTimeout: Optional<Kind<Duration, number, "Ms">>;
  readonly scrapeProtocols: Optional<Kind<readonly ScrapeProtocol[], readonly ScrapeProtocol[]>>;
  readonly metricNameEscapingScheme: Optional<Kind<EscapingScheme, EscapingScheme>>;
  readonly scrapeNativeHistograms: Flag;
  readonly alwaysScrapeClassicHistograms: Flag;
  readonly convertClassicHistogramsToNhcb: Flag;
  readonly scrapeStartTimestamps: Flag;
  readonly extraScrapeMetrics: Flag;
  readonly scrapeFailureLogFile: Optional<Kind<string, string>>;
  readonly bodySizeLimit: Option<Kind<Size, number>, "defaulted">;
  readonly sampleLimit: Limit;
  readonly labelLimit: Limit;
  readonly labelNameLengthLimit: Limit;
  readonly labelValueLengthLimit: Limit;
  readonly targetLimit: Limit;
  readonly keepDroppedTargets: Limit;
};

const NO_LIMIT = "0 is that of `global`, and there without limit.";

/** A timer waits so long, and for 0 something else holds. */
const INTERVAL = duration("0s", "24d");

/**
 * What `global` says for all jobs and each job for itself. As in Prometheus a job's 0 is
 * as good as nothing: it has what `global` has.
 */
export const INHERITED: InheritedRows = {
  scrapeInterval: optional(INTERVAL, {
    doc: "How often each target is scraped.",
    file: { key: "scrape_interval", clamps: true },
    defaultDoc: "that of `global`, and there `1m`",
  }),
  scrapeTimeout: optional(INTERVAL, {
    doc: "How long a scrape may take: at most the interval.",
    file: { key: "scrape_timeout", clamps: true },
    defaultDoc: "that of `global`, and there `10s`, or the interval where that is less",
  }),
  scrapeProtocols: optional(protocols(), {
    doc: "The formats that a target is asked for, the most wanted first.",
    defaultDoc: "that of `global`, and there all texts, the OpenMetrics first; before them " +
      "`PrometheusProto` where native histograms are scraped",
  }),
  metricNameEscapingScheme: optional(
    choice<EscapingScheme>("EscapingScheme", ["allow-utf-8", "underscores", "dots", "values"]),
    {
      doc: "How a target is asked to write names that are not of the classic pattern.",
      defaultDoc: "that of `global`, or by the names that are valid: `allow-utf-8` for `utf8`, " +
        "`underscores` for `legacy`",
    },
  ),
  scrapeNativeHistograms: optional(flag(), {
    doc: "Read native histograms.",
    defaultDoc: "that of `global`, and there `false`",
  }),
  alwaysScrapeClassicHistograms: optional(flag(), {
    doc: "Read the classic buckets too of a histogram that has native ones.",
    defaultDoc: "that of `global`, and there `false`",
  }),
  convertClassicHistogramsToNhcb: optional(flag(), {
    doc: "Make classic histograms native ones with custom buckets.",
    defaultDoc: "that of `global`, and there `false`",
  }),
  scrapeStartTimestamps: optional(flag(), {
    doc: "Read since when a series counts: `_created` lines of OpenMetrics, which are series of " +
      "their own if not, and created timestamps in protobuf. Remote write 2.0 sends it. In " +
      "Prometheus this is `--enable-feature=st-storage`.",
    defaultDoc: "that of `global`, and there `false`",
  }),
  extraScrapeMetrics: optional(flag(), {
    doc: "Write `scrape_timeout_seconds`, `scrape_sample_limit` and `scrape_body_size_bytes` too.",
    defaultDoc: "that of `global`, and there `false`",
  }),
  scrapeFailureLogFile: optional(path("file"), {
    doc: "A file that each failed scrape is written to.",
    defaultDoc: "that of `global`, and there none",
  }),
  bodySizeLimit: defaulted(
    // A number without a unit is none of Prometheus's sizes.
    { ...sizeOrZero("1B", "1PiB"), written: "text" },
    0,
    {
      doc: `Bytes of a page when it is unpacked, with a unit: one with more fails. ${NO_LIMIT}`,
      file: { key: "body_size_limit", clamps: true },
    },
  ),
  sampleLimit: defaulted(count(), 0, {
    doc: `Samples of a page after relabeling: one with more fails. ${NO_LIMIT}`,
  }),
  labelLimit: defaulted(count(), 0, {
    doc: `Labels of a series: a page with one that has more fails. ${NO_LIMIT}`,
  }),
  labelNameLengthLimit: defaulted(count(), 0, {
    doc: `Bytes of a label's name, in the same way. ${NO_LIMIT}`,
  }),
  labelValueLengthLimit: defaulted(count(), 0, {
    doc: `Bytes of a label's value, in the same way. ${NO_LIMIT}`,
  }),
  targetLimit: defaulted(count(), 0, {
    doc: `Targets of a job after relabeling: with more all of its scrapes fail. ${NO_LIMIT}`,
  }),
  keepDroppedTargets: defaulted(count(), 0, {
    doc: `Targets of a job that rules have dropped and that are shown as such. ${NO_LIMIT}`,
  }),
};
