/** Scraping into a real queue, by the real parser: what a disk that refuses, a crash and a restart leave of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScriptedAnswer } from "../../src/testing/memory.ts";
import { Queue } from "../../src/queue.ts";
import { lazyPageParser } from "../../src/scrape/lazy_parser.ts";
import { Scraper } from "../../src/scrape/scraper.ts";
import { StaticDiscoverer } from "../../src/discovery/static.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { EndpointDouble } from "../support/endpoint_double.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { jobOf, page } from "./support.ts";

const UP = "__name__=up,instance=a:80,job=job";

/** A process: its queue, and what scrapes into it. */
class Process {
  readonly platform: MemoryPlatform;
  readonly endpoint: EndpointDouble;
  readonly logger: MemoryLogger = new MemoryLogger();
  /** The page of all targets. */
  text = "m 1\n";
  /** What is scraped is taken at once where there is room. */
  hasRoom = true;
  queue!: Queue;
  scraper!: Scraper;

  constructor(endpoint: EndpointDouble, platform: MemoryPlatform) {
    this.endpoint = endpoint;
    this.platform = platform;
    platform.http.script = async (request): Promise<ScriptedAnswer> =>
      request.method === "POST" ? await endpoint.script(request) : page(this.text);
  }

  async start(): Promise<this> {
    const { platform, logger } = this;
    this.queue = await Queue.open({
      dataPath: "/data",
      persistence: { batchInterval: "1s" },
      limits: { requestBytesMax: "1KiB", uncompressedBytesMax: "1KiB" },
      endpoints: [{ name: "one", url: "http://one/write", flushInterval: "100ms" }],
    }, { platform, logger });
    this.scraper = new Scraper({
      platform,
      logger,
      parser: await lazyPageParser(),
      takeNow: (body) => this.hasRoom ? this.queue.takeScraped(body) : undefined,
      handlesOf: () => this.queue.handlesOf,
      commit: (body, signal) => this.queue.commitAppended(body, signal),
      openDiscovery: (of) => new StaticDiscoverer(of.kind === "static" ? of.groups : []),
      appendText: () => Promise.resolve(),
      seed: "process",
    });
    this.scraper.apply({ jobs: [jobOf()] });
    return this;
  }

  async pass(ms: number): Promise<void> {
    await this.platform.time.advance(ms);
  }

  /** Ends in good order; what is pending has a while to be sent. */
  async stop(): Promise<void> {
    await this.scraper.stop();
    const closed = this.queue.close({ graceMs: 5_000 });
    await this.pass(5_000);
    await closed;
  }
}

/** When a target was up, in seconds from the first time. */
function upsOf({ arrivals }: EndpointDouble): number[] {
  const times = arrivals.filter(({ series }) => series === UP).map(({ timestampMs }) =>
    timestampMs
  );
  return times.map((ms) => (ms - times[0]!) / 1000);
}

test("a disk that refuses makes gaps, and they end with it", async () => {
  const process = await new Process(new EndpointDouble(), new MemoryPlatform()).start();
  await process.pass(25_000);
  process.platform.files.fault = (step) =>
    step === "create" || step === "write" ? "no_space" : undefined;
  await process.pass(40_000);
  process.platform.files.fault = undefined;
  await process.pass(60_000);
  const { uncommitted, scrapes } = process.scraper.stats.counts;
  await process.stop();
  const ups = upsOf(process.endpoint);
  // One was accepted before the disk was known to refuse, and was kept.
  assert.ok(uncommitted >= 2 && uncommitted <= 5, `${uncommitted} gaps`);
  assert.equal(ups.length, scrapes - uncommitted);
  assert.deepEqual(ups.toSorted((a, b) => a - b), ups);
  const [one] = process.queue.stats().endpoints;
  assert.equal(one!.acceptedTotal, one!.deliveredTotal);
  assert.deepEqual(process.endpoint.valuesOf(UP), ups.map(() => 1));
});

test("a process that is killed loses a second at most, and the next one goes on at the same times", async () => {
  const endpoint = new EndpointDouble();
  const first = await new Process(endpoint, new MemoryPlatform()).start();
  await first.pass(45_000);
  const second = new Process(endpoint, first.platform.crash("worst"));
  await second.start();
  await second.pass(45_000);
  await second.stop();
  const ups = [...new Set(upsOf(endpoint))].sort((a, b) => a - b);
  assert.deepEqual(ups, ups.map((_, index) => index * 10));
  assert.ok(ups.length >= 8, `${ups.length} scrapes`);
  assert.deepEqual([...new Set(endpoint.valuesOf(UP))], [1]);
});

for (const how of ["at once", "after a wait for room"]) {
  test(`a page is not held to what a sender's request may have: ${how}`, async () => {
    const process = new Process(new EndpointDouble(), new MemoryPlatform());
    process.text = Array.from({ length: 100 }, (_, at) => `m{n="${at}"} ${at}\n`).join("");
    process.hasRoom = how === "at once";
    await process.start();
    await process.pass(45_000);
    const { uncommitted, scrapes } = process.scraper.stats.counts;
    await process.stop();
    assert.equal(uncommitted, 0, process.logger.lines.join("\n"));
    const last = process.endpoint.valuesOf("__name__=m,instance=a:80,job=job,n=99");
    assert.equal(last.length, scrapes);
  });
}
