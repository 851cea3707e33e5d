import type { Discovery, PageParser, TargetGroup, TargetPages } from "../../src/contracts.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import type { ResolvedDiscovery, ResolvedJob } from "../../src/options.ts";
import type { CommitScrape } from "../../src/scrape/context.ts";
import { Scraper, type ScraperOptions } from "../../src/scrape/scraper.ts";
import {
  type EndpointScript,
  makeAnswer,
  MemoryPlatform,
  type ScriptedAnswer,
} from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { decodePlainRequest } from "../support/remote_write_v1.ts";

/** The options of a job that sets nothing but what is given. */
export function jobOf(given: Partial<ResolvedJob> = {}): ResolvedJob {
  return {
    jobName: "job",
    scrapeIntervalMs: 10_000,
    scrapeTimeoutMs: 5_000,
    scrapeProtocols: [
      "OpenMetricsText1.0.0",
      "OpenMetricsText0.0.1",
      "PrometheusText1.0.0",
      "PrometheusText0.0.4",
    ],
    fallbackScrapeProtocol: undefined,
    metricsPath: "/metrics",
    scheme: "http",
    params: {},
    honorLabels: false,
    honorTimestamps: true,
    trackTimestampsStaleness: false,
    enableCompression: true,
    relabelConfigs: [],
    metricRelabelConfigs: [],
    nameValidationScheme: "utf8",
    nameEscapingScheme: "allow-utf-8",
    nativeHistograms: false,
    alwaysClassicHistograms: false,
    convertClassicHistograms: false,
    nativeHistogramBucketLimit: 0,
    nativeHistogramMinBucketFactor: 0,
    bodyBytesMax: 0,
    sampleLimit: 0,
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
    targetLimit: 0,
    keepDroppedTargets: 0,
    readsStartTimestamps: false,
    scrapeFailureLogFile: undefined,
    extraScrapeMetrics: false,
    credentials: { identity: { kind: "none" }, secretHeaders: [] },
    connection: undefined,
    tokenConnection: undefined,
    followRedirects: true,
    discoveries: [staticOf("a:80")],
    ...given,
  };
}

/** Targets by their addresses. */
export function staticOf(...addresses: readonly string[]): ResolvedDiscovery {
  return { kind: "static", groups: [groupOf("0", ...addresses)] };
}

export function groupOf(source: string, ...addresses: readonly string[]): TargetGroup {
  return { source, labels: {}, targets: addresses.map((one) => ({ __address__: one })) };
}

/** A discovery that tells what the test says: `file`, since a static one tells what its options have. */
export const TOLD: ResolvedDiscovery = { kind: "file", files: ["told"], refreshIntervalMs: 1 };

/** A page as a target answers with it. */
export function page(text: string, headers: Readonly<Record<string, string>> = {}): ScriptedAnswer {
  return makeAnswer(200, text, { "content-type": "text/plain; version=0.0.4", ...headers });
}

const kernel = await loadKernel();

/** The kernel's parser; what becomes of its targets is seen. */
class WatchedParser implements PageParser {
  readonly #parser = kernel.createPageParser();
  readonly targets: { isClosed: boolean; relabeledAnew: number }[] = [];

  openTarget(): TargetPages {
    const seen = { isClosed: false, relabeledAnew: 0 };
    this.targets.push(seen);
    const pages = this.#parser.openTarget();
    const [close, relabelAnew] = [pages.close.bind(pages), pages.relabelAnew.bind(pages)];
    pages.close = () => {
      seen.isClosed = true;
      close();
    };
    pages.relabelAnew = () => {
      seen.relabeledAnew++;
      relabelAnew();
    };
    return pages;
  }
}

/** A scraper on a host in memory, with targets by a script; what it commits is kept. */
export class ScrapeRig {
  readonly platform: MemoryPlatform;
  readonly logger: MemoryLogger = new MemoryLogger();
  readonly parser: WatchedParser = new WatchedParser();
  /** Each commit: its samples as lines. */
  readonly commits: string[][] = [];
  readonly failures: string[] = [];
  /** Start timestamps of samples that were committed. */
  readonly starts: string[] = [];
  /** The families whose metadata each commit has. */
  readonly families: string[][] = [];
  /** Answers scrapes; throws for what cannot be reached. */
  target: EndpointScript = () => page("m 1\n");
  /** Takes what was scraped. */
  take: CommitScrape = () => Promise.resolve();
  /** Of the running discovery {@link TOLD}. */
  tell: (groups: readonly TargetGroup[]) => void = () => {};
  readonly scraper: Scraper;
  /** The time of the first scrape. */
  #firstMs: number | undefined;

  constructor(options: ScraperOptions = {}) {
    this.platform = new MemoryPlatform({
      script: (request, signal) => this.target(request, signal),
    });
    this.scraper = new Scraper({
      platform: this.platform,
      logger: this.logger,
      parser: this.parser,
      takeNow: () => undefined,
      handlesOf: () => 0,
      commit: async (body, signal) => {
        await this.take(body, signal);
        this.commits.push(this.#linesOf(body));
        this.#keepMore(body);
      },
      openDiscovery: (of) => this.#discoveryOf(of),
      appendText: (path, text) => {
        this.failures.push(`${path}: ${text}`);
        return Promise.resolve();
      },
      seed: "rig",
    }, options);
  }

  /** Begins to scrape, and stops just before the first scrape. */
  start(...jobs: readonly ResolvedJob[]): void {
    this.scraper.apply({ jobs });
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.platform.time.advance(ms);
  }

  /** Lets time pass until so many commits were made. */
  async untilCommits(count: number): Promise<void> {
    const done = (): boolean => this.commits.length >= count;
    if (await this.platform.time.advanceUntil(done, 3_600_000)) return;
    throw new Error(`${this.commits.length} commits: ${JSON.stringify(this.commits)}`);
  }

  /** What was committed of these series, a line a sample: its time since the first, its series and its value. */
  lines(pattern: RegExp): string[] {
    return this.commits.flat().filter((line) => pattern.test(line));
  }

  #linesOf(body: Uint8Array): string[] {
    return decodePlainRequest(body).flatMap(({ labels, samples }) => {
      const names = new Map(labels);
      const name = names.get("__name__");
      names.delete("__name__");
      const shown = Array.from(names, ([label, value]) => `${label}=${value}`).join(",");
      return samples.map(({ valueBits, timestampMs }) => {
        this.#firstMs ??= Number(timestampMs);
        const seconds = (Number(timestampMs) - this.#firstMs) / 1000;
        return `${seconds}s ${name}{${shown}} ${shownValue(valueBits)}`;
      });
    });
  }

  #keepMore(body: Uint8Array): void {
    const { series, metadata } = decodeRequest(body, "appended");
    this.families.push(metadata.map(({ family }) => family));
    for (const signal of series.flatMap(({ signals }) => signals)) {
      if (signal.kind === "sample" && signal.startMs !== 0n) this.starts.push(`${signal.startMs}`);
    }
  }

  #discoveryOf(of: ResolvedDiscovery): Discovery {
    return {
      run: (tell, signal) => {
        if (of.kind === "static") tell(of.groups);
        else this.tell = tell;
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    };
  }
}

function shownValue(bits: bigint): string {
  if (bits === 0x7ff0_0000_0000_0002n) return "stale";
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return String(view.getFloat64(0));
}
