/**
 * Debian's node exporter, scraped by walq under each runtime into Debian's Prometheus, which
 * goes down and comes back; while it is down walq is killed and started again. Every sample
 * of every page is there, but for pages of the moment of the kill.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { missing } from "./support/installed.ts";
import { NumberedPages, PAGE_NUMBER } from "./support/numbered_pages.ts";
import { Program } from "./support/program.ts";
import { parseValue, Prometheus, type QueriedSeries } from "./support/prometheus.ts";
import { freePort, scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";
import { metricSum, type Runtime, RUNTIMES, WalqProgram } from "./support/walq.ts";

type Labels = Readonly<Record<string, string>>;

/** Scrapes in each part of the story. */
const SCRAPES = 4;
const PAGE_SAMPLES_MIN = 200;

const skip = missing("prometheus", "prometheus-node-exporter");

describe("Debian's node exporter", () => {
  it("is in Prometheus without a gap, through an outage and a kill -9", {
    skip,
  }, async (context) => {
    const prometheus = await Prometheus.start();
    context.after(() => prometheus.program.stop("SIGKILL"));
    const [exporter, url] = await startExporter();
    context.after(() => exporter.stop("SIGKILL"));
    const scrapers = await Promise.all(
      RUNTIMES.map(async (runtime) => new Scraper(runtime, await NumberedPages.open(url))),
    );
    context.after(() => together(scrapers, (one) => one.stop("SIGKILL")));
    await together(scrapers, (one) => one.start(prometheus.writeUrl));
    await together(scrapers, (one) => one.scrapesMore());
    await until("samples of all have come", async () => {
      const found = await prometheus.query(`${PAGE_NUMBER}[1h]`, Date.now());
      return found.length === scrapers.length;
    });

    await prometheus.program.stop();
    await together(scrapers, (one) => one.scrapesMore());
    await together(scrapers, (one) => one.isKilled());
    await together(scrapers, (one) => one.scrapesMore());
    await prometheus.startAgain();
    await together(scrapers, (one) => one.scrapesMore());

    await together(scrapers, async (one) => {
      context.diagnostic(await one.assertAllIn(prometheus));
    });
    await together(scrapers, (one) => one.stop());
  });
});

/** Real time passes for all of them at once. */
async function together(
  all: readonly Scraper[],
  what: (one: Scraper) => Promise<void>,
): Promise<void> {
  await Promise.all(all.map(what));
}

async function startExporter(): Promise<[Program, string]> {
  const address = `127.0.0.1:${await freePort()}`;
  const program = new Program(["prometheus-node-exporter", `--web.listen-address=${address}`]);
  const url = `http://${address}/metrics`;
  await program.ready(url);
  return [program, url];
}

/** Pages `[from, to)`. */
interface PageRange {
  readonly from: number;
  readonly to: number;
}

/** walq under one runtime. */
class Scraper {
  readonly #runtime: Runtime;
  readonly #pages: NumberedPages;
  readonly #config = join(scratchDirectory("node-exporter"), "walq.yaml");
  #walq: WalqProgram | undefined;
  /** Served about when walq was killed: they may be missing. */
  #killed: PageRange = { from: 0, to: 0 };

  constructor(runtime: Runtime, pages: NumberedPages) {
    this.#runtime = runtime;
    this.#pages = pages;
  }

  async start(url: string): Promise<void> {
    writeFileSync(
      this.#config,
      `server: { listen: 127.0.0.1:${await freePort()} }
queue: { data_path: ${join(this.#config, "..", "data")}, persistence: { batch_interval: 250ms } }
global: { external_labels: { runtime: ${this.#runtime} } }
scrape_configs:
  - job_name: node
    scrape_interval: 500ms
    static_configs: [{ targets: ["${this.#pages.address}"] }]
remote_write:
  - { name: prometheus, url: "${url}", queue_config: { min_backoff: 100ms, max_backoff: 500ms } }
`,
    );
    await this.#startAgain();
  }

  /** Some pages more than it has asked for by now. */
  async scrapesMore(pages: number = SCRAPES): Promise<void> {
    await this.#asksFor(this.#asked + pages);
  }

  /** When all pages up to now are on disk. Afterwards it is started again. */
  async isKilled(): Promise<void> {
    const walq = this.#walq!;
    const asked = this.#asked;
    // No scrape begins before the one before is committed: that of the last page before this is, then.
    await this.#asksFor(asked + 1);
    const committed = await this.#signals("walq_accepted_signals_total", "walq_buffered_signals");
    await this.#until(
      "what is committed is on disk",
      async () => await this.#signals("walq_accepted_signals_total") >= committed,
    );
    await walq.program.stop("SIGKILL");
    await this.#pages.untilLeft();
    this.#killed = { from: asked, to: this.#asked };
    await this.#startAgain();
  }

  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const exit = await this.#walq?.program.stop(signal);
    await this.#pages.close();
    if (signal === "SIGTERM") assert.equal(exit?.code, 0, this.#walq?.program.describe() ?? "");
  }

  /** All pages up to now. Says how many they were. */
  async assertAllIn(prometheus: Prometheus): Promise<string> {
    const all = `{runtime="${this.#runtime}"}`;
    const goal = this.#asked;
    let times: ReadonlyMap<number, number> = new Map();
    let last = -1;
    await this.#until(`page ${goal} has come`, async () => {
      times = timesOf(await prometheus.query(`${PAGE_NUMBER}${all}[1h]`, Date.now()));
      last = Math.min(...[...times.keys()].filter((number) => number >= goal));
      return Number.isFinite(last);
    });
    // Its other series may be in other requests.
    await this.#until(
      "nothing is pending",
      async () => await this.#signals("walq_pending_signals") === 0,
    );
    const lastMs = times.get(last)!;
    const found = samplesOf(await prometheus.query(`${all}[1h]`, lastMs));
    const wanted = this.#samplesAt(times, last);
    const ups: number[] = [];
    for (const [sample, value] of found) {
      if (wanted.has(sample)) continue;
      assert.match(sample, /^\{"__name__":"(?:up|scrape_\w+)"/);
      if (sample.includes('"up"')) ups.push(value);
      found.delete(sample);
    }
    assertSame(found, wanted);
    this.#assertNoGap(ups, times, last);
    await assertCounts(prometheus, all, ups, lastMs);
    const failed = ups.filter((up) => up === 0).length;
    return `${this.#runtime}: ${wanted.size} samples, of ${last + 1} scrapes ${failed} failed, ` +
      `${last + 1 - ups.length} are lost by the kill`;
  }

  /** The samples of the pages that have come. */
  #samplesAt(times: ReadonlyMap<number, number>, last: number): Map<string, number> {
    const labels = { job: "node", instance: this.#pages.address, runtime: this.#runtime };
    const samples = new Map<string, number>();
    for (let number = 0; number <= last; number++) {
      const timestampMs = times.get(number);
      if (timestampMs === undefined) continue;
      for (const [own, value] of linesOf(this.#pages.page(number))) {
        samples.set(sampleKey({ ...own, ...labels }, timestampMs), value);
      }
    }
    assert.ok(samples.size > times.size * PAGE_SAMPLES_MIN, `${samples.size} samples`);
    return samples;
  }

  /** A page is there, or its scrape is told to have failed as it took too long, or is one of those of the kill. */
  #assertNoGap(ups: readonly number[], times: ReadonlyMap<number, number>, last: number): void {
    const { from, to } = this.#killed;
    const isOfKill = (number: number): boolean => number >= from && number < to;
    const failed = ups.filter((up) => up === 0).length;
    const missing = Array.from({ length: last + 1 }, (_, number) => number)
      .filter((number) => !times.has(number));
    const place = `${this.#runtime}: ${failed} of ${last + 1} scrapes failed, those of pages ` +
      `${missing} are missing; killed at ${from} to ${to}`;
    assert.ok(missing.filter((number) => !isOfKill(number)).length <= failed, place);
    assert.ok(last + 1 - ups.length <= to - from, place);
    assert.equal(ups.length - failed, last + 1 - missing.length, place);
  }

  get #asked(): number {
    return this.#pages.asked;
  }

  async #asksFor(pages: number): Promise<void> {
    await this.#until(`it asks for ${pages} pages`, () => this.#asked >= pages);
  }

  async #until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
    await until(`${this.#runtime}: ${what}`, check).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#walq!.program.describe()}`);
    });
  }

  async #startAgain(): Promise<void> {
    this.#walq = await WalqProgram.start(this.#runtime, this.#config);
  }

  async #signals(...metrics: readonly string[]): Promise<number> {
    const text = await this.#walq!.metricsPage();
    return metrics.reduce((sum, name) => sum + metricSum(text, name), 0);
  }
}

/** Maps of thousands, of which a difference as a picture takes minutes: the first ones say enough. */
function assertSame(found: Map<string, number>, wanted: Map<string, number>): void {
  const missing = [...wanted.keys()].filter((sample) => !found.has(sample));
  const foreign = [...found.keys()].filter((sample) => !wanted.has(sample));
  const other = [...wanted.keys()].filter((sample) =>
    found.has(sample) && !Object.is(found.get(sample), wanted.get(sample))
  );
  const shown = Object.entries({ missing, foreign, other })
    .map(([what, samples]) => `${samples.length} ${what}: ${samples.slice(0, 3).join(" ")}`);
  assert.equal(missing.length + foreign.length + other.length, 0, shown.join("; "));
}

/** As an operator asks: `up` is there for each scrape, and what is in all pages for each that went well. */
async function assertCounts(
  prometheus: Prometheus,
  selector: string,
  ups: readonly number[],
  timeMs: number,
): Promise<void> {
  const up = ups.filter((value) => value === 1).length;
  const wanted = { up: ups.length, node_load1: up, node_memory_MemFree_bytes: up };
  for (const [metric, count] of Object.entries(wanted)) {
    const { result } = await prometheus.api<{ result: CountedSeries[] }>("query", {
      query: `count_over_time(${metric}${selector}[1h])`,
      time: String(timeMs / 1000),
    });
    assert.deepEqual(result.map(({ value }) => Number(value[1])), [count], metric);
  }
}

/** A series of an instant vector. */
interface CountedSeries {
  readonly metric: Labels;
  readonly value: readonly [seconds: number, value: string];
}

/** By the number of a page: when it was scraped. */
function timesOf(found: readonly QueriedSeries[]): Map<number, number> {
  const values = found.flatMap((series) => series.values);
  return new Map(values.map(([seconds, number]) => [Number(number), Math.round(seconds * 1000)]));
}

function samplesOf(found: readonly QueriedSeries[]): Map<string, number> {
  const samples = new Map<string, number>();
  for (const { metric, values } of found) {
    for (const [seconds, text] of values) {
      samples.set(sampleKey(metric, Math.round(seconds * 1000)), parseValue(text));
    }
  }
  return samples;
}

/** The name of the metric first. */
function sampleKey(labels: Labels, timestampMs: number): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1);
  return `${JSON.stringify(Object.fromEntries(sorted))} ${timestampMs}`;
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)",?/g;

/** Labels and value of each line of an exporter's page. */
function* linesOf(page: string): Generator<readonly [Labels, number]> {
  for (const line of page.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name = "", text = "", value = ""] = LINE.exec(line) ?? assert.fail(line);
    const labels: Record<string, string> = { __name__: name };
    for (const [, label = "", quoted = ""] of text.matchAll(LABEL)) {
      const plain = quoted.replace(/\\(.)/g, (_, one: string) => one === "n" ? "\n" : one);
      // Prometheus has one form for numbers in these.
      if (label === "quantile") labels[label] = plain.includes(".") ? plain : `${plain}.0`;
      else if (plain !== "") labels[label] = plain;
    }
    yield [labels, parseValue(value)];
  }
}
