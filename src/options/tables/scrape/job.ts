import { block, defaulted, optional, required } from "../../block.ts";
import type { CheckedScrapeJob } from "../../checked_scrape.ts";
import { type Broken, shown } from "../../checks.ts";
import { anyText, choice, count, filled, flag, list, nested, number } from "../../kinds.ts";
import type { ProgramBlock } from "../../table.ts";
import { CLIENT } from "../discovery/client.ts";
import { CONSUL } from "../discovery/consul.ts";
import { DNS } from "../discovery/dns.ts";
import { DOCKER } from "../discovery/docker.ts";
import { FILE } from "../discovery/file.ts";
import { HTTP } from "../discovery/http.ts";
import { KUBERNETES } from "../discovery/kubernetes.ts";
import { STATIC } from "../discovery/static.ts";
import { clientContradictions } from "../http_client.ts";
import { relabelConfigs } from "../relabel.ts";
import { INHERITED } from "./inherited.ts";
import { textLists } from "./params.ts";
import { protocol } from "./protocols.ts";

/** Discoveries of one kind in a job. */
const MANY = { min: 0, max: 100_000 } as const;

/** One of `scrape_configs`. */
export const JOB: ProgramBlock<CheckedScrapeJob> = block(
  "ScrapeJob",
  "Targets that are scraped in one way.",
  {
    jobName: required(filled(), {
      doc: "The value of the label `job`; unique, also over `scrape_config_files`.",
    }),
    ...INHERITED,
    fallbackScrapeProtocol: optional(protocol(), {
      doc: "The format that a page is read as whose Content-Type says none that walq knows.",
      defaultDoc: "none: such a scrape fails",
    }),
    metricNameValidationScheme: optional(choice("NameValidationScheme", ["utf8", "legacy"]), {
      doc: "Which names of metrics and labels are valid.",
      defaultDoc: "that of `global`",
    }),
    metricsPath: defaulted(anyText(), "/metrics", { doc: "The path of a target's page." }),
    scheme: defaulted(anyText(), "http", { doc: "`http` or `https`." }),
    params: defaulted(textLists(), {}, { doc: "Parameters of the query, each with its values." }),
    honorLabels: defaulted(flag(), false, {
      doc: "Labels of a page win over those of the target. If not, they get `exported_` before " +
        "their names.",
    }),
    honorTimestamps: defaulted(flag(), true, { doc: "Timestamps of a page count." }),
    trackTimestampsStaleness: defaulted(flag(), false, {
      doc: "Series with timestamps of their own are marked stale, too, when they vanish.",
    }),
    enableCompression: defaulted(flag(), true, { doc: "Ask for pages under gzip." }),
    nativeHistogramBucketLimit: defaulted(count(), 0, {
      doc: "Buckets of a native histogram: in one with more they are merged. 0 is without limit.",
    }),
    nativeHistogramMinBucketFactor: defaulted(number(-Number.MAX_VALUE, Number.MAX_VALUE), 0, {
      doc: "Buckets of a native histogram are merged until each is so many times the one before.",
    }),
    relabelConfigs: defaulted(relabelConfigs(), [], {
      doc: "Rules for the labels of targets, one after the other.",
    }),
    metricRelabelConfigs: defaulted(relabelConfigs(), [], {
      doc: "Rules for the labels of series, before they are taken in.",
    }),
    ...CLIENT,
    staticConfigs: defaulted(list(nested(STATIC), "group", MANY), [], {
      doc: "Targets that the file names.",
    }),
    fileSdConfigs: defaulted(list(nested(FILE), "discovery", MANY), [], {
      doc: "Targets in files.",
    }),
    httpSdConfigs: defaulted(list(nested(HTTP), "discovery", MANY), [], {
      doc: "Targets that an HTTP server tells.",
    }),
    dnsSdConfigs: defaulted(list(nested(DNS), "discovery", MANY), [], {
      doc: "Targets in the domain name system.",
    }),
    dockerSdConfigs: defaulted(list(nested(DOCKER), "discovery", MANY), [], {
      doc: "Containers of a Docker.",
    }),
    consulSdConfigs: defaulted(list(nested(CONSUL), "discovery", MANY), [], {
      doc: "Services of a Consul.",
    }),
    kubernetesSdConfigs: defaulted(list(nested(KUBERNETES), "discovery", MANY), [], {
      doc: "Objects of a Kubernetes.",
    }),
  },
  { rule: contradictions },
);

function* contradictions(job: CheckedScrapeJob): Generator<Broken> {
  yield* clientContradictions(job);
  // Rules can take such an address apart.
  if (job.relabelConfigs.length > 0) return;
  for (const [group, { targets }] of job.staticConfigs.entries()) {
    for (const [index, target] of targets.entries()) {
      if (!target.includes("/")) continue;
      const message = `got ${shown(target)}, expected host:port: ` +
        "scheme and path are options of their own, scheme and metricsPath";
      yield [["staticConfigs", group, "targets", index], message];
    }
  }
}
