/** 10,000 targets in one process, on a host in memory: start, reload, targets that hang, and what it takes. */
import assert from "node:assert/strict";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sleep } from "../../src/actor/sleep.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import type { KernelPageParser } from "../../src/kernel/page_parser.ts";
import { StaticDiscoverer } from "../../src/discovery/static.ts";
import type { ResolvedDiscovery, ResolvedJob } from "../../src/options.ts";
import { Scraper } from "../../src/scrape/scraper.ts";
import { MemoryPlatform, type ScriptedAnswer } from "../../src/testing/memory.ts";
import { jobOf, page, staticOf } from "../scrape/support.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

const TARGETS = 10_000;
const SERIES = 20;
const INTERVAL_MS = 15_000;
const ANSWER_MS = 200;
/** Those with these numbers can hang. */
const HANGS_EVERY = 10;

const TEXT = "# TYPE m counter\n" +
  Array.from({ length: SERIES }, (_, i) => `m{series="${i}",path="/some/path"} ${i}\n`).join("");

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What was asked and committed since the last look. */
class Rig {
  readonly platform: MemoryPlatform;
  readonly scraper: Scraper;
  readonly parser: KernelPageParser;
  readonly asked = new Map<string, number>();
  commits = 0;
  inFlightMax = 0;
  hangs = false;

  constructor(parser: KernelPageParser) {
    this.parser = parser;
    this.platform = new MemoryPlatform({
      script: (request, signal) => this.#answer(request, signal),
    });
    this.scraper = new Scraper({
      platform: this.platform,
      logger: new MemoryLogger(),
      parser,
      takeNow: () => {
        this.commits++;
        return {};
      },
      handlesOf: () => 0,
      commit: () => Promise.reject(new Error("there was room")),
      openDiscovery: (of: ResolvedDiscovery) => {
        if (of.kind !== "static") throw new Error(of.kind);
        return new StaticDiscoverer(of.groups);
      },
      appendText: () => Promise.resolve(),
      seed: "many",
    });
  }

  async #answer({ url }: { readonly url: string }, signal: AbortSignal): Promise<ScriptedAnswer> {
    const { host } = new URL(url);
    this.asked.set(host, (this.asked.get(host) ?? 0) + 1);
    this.inFlightMax = Math.max(this.inFlightMax, this.platform.http.inFlight);
    if (this.hangs && Number(host.slice(1)) % HANGS_EVERY === 0) await new Promise(() => {});
    await sleep(this.platform.clock, ANSWER_MS, signal);
    return page(TEXT);
  }

  /** Lets intervals pass. Returns how often each target was asked, and how many commits there were. */
  async pass(intervals: number): Promise<{ counts: readonly number[]; commits: number }> {
    this.asked.clear();
    this.commits = 0;
    await this.platform.time.advance(intervals * INTERVAL_MS);
    return { counts: [...this.asked.values()], commits: this.commits };
  }
}

function jobWith(count: number): ResolvedJob {
  return jobOf({
    scrapeIntervalMs: INTERVAL_MS,
    discoveries: [staticOf(...Array.from({ length: count }, (_, i) => `t${i}`))],
  });
}

describe("10,000 targets", () => {
  it("are each scraped once in an interval, over a reload and beside some that hang", async (t) => {
    const rig = new Rig((await loadKernel()).createPageParser() as KernelPageParser);
    const before = process.memoryUsage();
    const startedMs = performance.now();
    rig.scraper.apply({ jobs: [jobWith(TARGETS)] });
    const first = await rig.pass(1);
    assert.equal(first.counts.length, TARGETS);
    const second = await rig.pass(1);
    assert.deepEqual(new Set(second.counts), new Set([1]));
    assert.equal(second.commits, TARGETS);
    tell(t, `start and 2 intervals: ${seconds(startedMs)} s`);
    assert.ok(rig.inFlightMax < 2 * TARGETS * ANSWER_MS / INTERVAL_MS, `${rig.inFlightMax}`);
    tell(t, `at most ${rig.inFlightMax} scrapes at once`);
    tellMemory(t, rig, before);

    // The same targets by another rule, and none of them is asked anew or twice.
    const reloadMs = performance.now();
    rig.scraper.apply({ jobs: [{ ...jobWith(TARGETS), sampleLimit: 1_000 }] });
    tell(t, `a reload: ${seconds(reloadMs)} s`);
    const third = await rig.pass(1);
    assert.deepEqual(new Set(third.counts), new Set([1]));
    assert.equal(third.counts.length, TARGETS);

    // A tenth of them hangs: the others are scraped as before.
    rig.hangs = true;
    await rig.pass(1);
    const fourth = await rig.pass(2);
    const fine = [...rig.asked].filter(([host]) => Number(host.slice(1)) % HANGS_EVERY !== 0);
    assert.equal(fine.length, TARGETS - TARGETS / HANGS_EVERY);
    assert.deepEqual(new Set(fine.map(([, count]) => count)), new Set([2]));
    assert.ok(fourth.commits > 1.9 * TARGETS, `${fourth.commits} commits`);
    assert.ok(rig.inFlightMax <= 512, `${rig.inFlightMax}`);
    tell(t, `a tenth hangs: at most ${rig.inFlightMax} scrapes at once`);

    // Most are gone, with what was known of them.
    rig.hangs = false;
    rig.scraper.apply({ jobs: [jobWith(100)] });
    await rig.pass(4);
    const last = await rig.pass(1);
    assert.equal(last.counts.length, 100);
    assert.equal(last.commits, 100);
    tellMemory(t, rig, before);
    await rig.scraper.stop();
  });
});

function tell(t: TestContext, text: string): void {
  t.diagnostic(text);
}

function tellMemory(t: TestContext, { parser }: Rig, before: NodeJS.MemoryUsage): void {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  const heap = mib(heapUsed - before.heapUsed);
  tell(t, `RSS ${mib(rss)} MiB, heap ${heap} MiB more, parser ${mib(parser.memoryBytes)} MiB`);
}

function seconds(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1000).toFixed(1);
}
