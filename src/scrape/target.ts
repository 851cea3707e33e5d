import { sortedPairs } from "../relabel/rule.ts";
import type { Labels } from "../types.ts";
import type { ResolvedJob } from "../options.ts";
import { publicLabels, timesOf } from "./target_labels.ts";
import { targetUrl } from "./target_url.ts";

/** How the last scrape of a target went. */
export type Health = "unknown" | "up" | "down";

/** Something to scrape, and how that went the last time. */
export class Target {
  /** Two that have the same are the same target. */
  readonly key: string;
  /** All labels, those that begin with `__` among them. */
  readonly labels: Labels;
  /** Those that its series get. */
  readonly publicLabels: Labels;
  /** The same as a text. */
  readonly publicKey: string;
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** As the discovery told it last, with the defaults of its job. */
  discovered: Labels;
  health: Health = "unknown";
  /** Without secrets. */
  lastError = "";
  /** By the wall clock. */
  lastScrapeMs: number | undefined;
  lastDurationMs = 0;

  /** The labels must have been taken by `populate`. */
  constructor(labels: Labels, discovered: Labels, params: ResolvedJob["params"]) {
    const { intervalMs, timeoutMs } = timesOf(labels);
    this.labels = labels;
    this.publicLabels = publicLabels(labels);
    this.publicKey = JSON.stringify(sortedPairs(this.publicLabels));
    this.discovered = discovered;
    this.url = targetUrl(labels, params);
    this.key = JSON.stringify([sortedPairs(labels), this.url]);
    this.intervalMs = intervalMs;
    this.timeoutMs = timeoutMs;
  }
}
