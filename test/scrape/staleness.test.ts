/** What is sent of a target that comes, goes, fails and changes: samples, stale markers, `up` and gaps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../src/testing/memory.ts";
import { unlessAborted } from "../../src/unless_aborted.ts";
import { groupOf, jobOf, page, ScrapeRig, staticOf, TOLD } from "./support.ts";

const UP_AND_M = /\b(up|m|n)\{/;
const A = "{instance=a:80,job=job}";
const UNREACHABLE = (): never => {
  throw new Error("connection refused");
};

test("a target that cannot be reached: its series are stale at once, and up is 0", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf());
  await rig.untilCommits(1);
  rig.target = UNREACHABLE;
  await rig.untilCommits(3);
  rig.target = () => page("m 2\n");
  await rig.untilCommits(4);
  assert.deepEqual(rig.lines(UP_AND_M), [
    `0s m${A} 1`,
    `0s up${A} 1`,
    `10s m${A} stale`,
    `10s up${A} 0`,
    `20s up${A} 0`,
    `30s m${A} 2`,
    `30s up${A} 1`,
  ]);
});

test("a series that has gone from the page is stale at once", async () => {
  const rig = new ScrapeRig();
  rig.target = () => page("m 1\nn 1\n");
  rig.start(jobOf());
  await rig.untilCommits(1);
  rig.target = () => page("n 2\n");
  await rig.untilCommits(2);
  assert.deepEqual(rig.lines(/ [mn]\{/), [
    `0s m${A} 1`,
    `0s n${A} 1`,
    `10s n${A} 2`,
    `10s m${A} stale`,
  ]);
});

test("half a page is none: nothing of it counts", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf());
  await rig.untilCommits(1);
  rig.target = () => page("m 2\nm{a=");
  await rig.untilCommits(2);
  assert.deepEqual(rig.lines(UP_AND_M).slice(2), [`10s m${A} stale`, `10s up${A} 0`]);
});

test("a target that hangs fails when its time is over, and is asked again", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf());
  await rig.untilCommits(1);
  let aborted = 0;
  rig.target = (_request, signal) =>
    unlessAborted(new Promise<never>(() => {}), signal).finally(() => aborted++);
  await rig.untilCommits(3);
  assert.equal(aborted, 2);
  assert.deepEqual(rig.lines(UP_AND_M).slice(2), [
    `10s m${A} stale`,
    `10s up${A} 0`,
    `20s up${A} 0`,
  ]);
  const durations = rig.lines(/scrape_duration_seconds/).map((line) => line.split(" ")[2]);
  assert.deepEqual(durations, ["0", "5", "5"]);
});

test("a target that is removed is stale after two intervals and a tenth, as of the first of them", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf({ discoveries: [TOLD] }));
  rig.tell([groupOf("f", "a:80")]);
  await rig.untilCommits(1);
  await rig.pass(6_000);
  rig.tell([groupOf("f")]);
  // The next tick and the one behind it are 4 s and 14 s away.
  await rig.pass(14_999);
  assert.equal(rig.commits.length, 1);
  await rig.pass(1_000);
  assert.deepEqual(rig.commits[1]!.toSorted(), [
    `10s m${A} stale`,
    `10s scrape_duration_seconds${A} stale`,
    `10s scrape_samples_post_metric_relabeling${A} stale`,
    `10s scrape_samples_scraped${A} stale`,
    `10s scrape_series_added${A} stale`,
    `10s up${A} stale`,
  ]);
  await rig.pass(100_000);
  assert.equal(rig.commits.length, 2);
  assert.ok(rig.parser.targets.every(({ isClosed }) => isClosed));
});

test("a target that comes back in time is not stale, and what its page lacks then is", async () => {
  const rig = new ScrapeRig();
  rig.target = () => page("m 1\nn 1\n");
  rig.start(jobOf({ discoveries: [TOLD] }));
  rig.tell([groupOf("f", "a:80")]);
  await rig.untilCommits(1);
  await rig.pass(6_000);
  rig.tell([groupOf("f")]);
  await rig.pass(5_000);
  rig.target = () => page("m 2\n");
  rig.tell([groupOf("f", "a:80")]);
  await rig.untilCommits(2);
  await rig.pass(100_000);
  assert.deepEqual(rig.lines(/ [mn]\{|stale/).slice(2, 4), [`20s m${A} 2`, `20s n${A} stale`]);
  assert.equal(rig.lines(/stale/).length, 1);
});

test("a rule that changes the labels of a target makes it another: the old one is stale in the end", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf());
  await rig.untilCommits(1);
  const relabelConfigs = [{
    sourceLabels: undefined,
    separator: ";",
    regex: undefined,
    modulus: 0,
    targetLabel: "zone",
    replacement: "x",
    action: "replace" as const,
  }];
  rig.scraper.apply({ jobs: [jobOf({ relabelConfigs })] });
  await rig.pass(60_000);
  const b = "{instance=a:80,job=job,zone=x}";
  assert.ok(rig.lines(/ up\{/).includes(`10s up${A} stale`));
  assert.ok(rig.lines(/zone=x/).some((line) => line.endsWith(`m${b} 1`)));
  assert.deepEqual(rig.lines(/zone=x.*stale/), []);
});

test("other rules for series: what they drop now is stale at once, and nothing else", async () => {
  const rig = new ScrapeRig();
  rig.target = () => page("m 1\nn 1\n");
  rig.start(jobOf());
  await rig.untilCommits(1);
  const metricRelabelConfigs = [{
    sourceLabels: ["__name__"],
    separator: ";",
    regex: "n",
    modulus: 0,
    targetLabel: "",
    replacement: "$1",
    action: "drop" as const,
  }];
  rig.scraper.apply({ jobs: [jobOf({ metricRelabelConfigs })] });
  await rig.untilCommits(3);
  assert.deepEqual(rig.lines(UP_AND_M).slice(3), [
    `10s m${A} 1`,
    `10s n${A} stale`,
    `10s up${A} 1`,
    `20s m${A} 1`,
    `20s up${A} 1`,
  ]);
  assert.equal(rig.parser.targets.length, 1);
  assert.equal(rig.parser.targets[0]!.relabeledAnew, 1);
});

test("a reload that changes nothing of a target does not touch it, and a second job does not either", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf());
  await rig.untilCommits(1);
  const other = jobOf({ jobName: "other", discoveries: [staticOf("b:80")] });
  rig.scraper.apply({ jobs: [jobOf({ sampleLimit: 100 }), other] });
  await rig.pass(20_000);
  assert.deepEqual(rig.lines(/ up\{instance=a:80/), [
    `0s up${A} 1`,
    `10s up${A} 1`,
    `20s up${A} 1`,
  ]);
  assert.deepEqual(rig.lines(/stale/), []);
});

test("a stop writes nothing, and what is under way ends", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf());
  await rig.untilCommits(1);
  rig.target = (_request, signal) => unlessAborted(new Promise<never>(() => {}), signal);
  await rig.pass(11_000);
  assert.equal(rig.platform.http.inFlight, 1);
  await rig.scraper.stop();
  assert.equal(rig.platform.http.inFlight, 0);
  await rig.pass(100_000);
  assert.equal(rig.commits.length, 1);
  assert.equal(rig.platform.time.timers, 0);
  assert.ok(rig.parser.targets.every(({ isClosed }) => isClosed));
});

test("after a restart a target is scraped when it would have been, and nothing is stale", async () => {
  const before = new ScrapeRig();
  before.start(jobOf());
  await before.untilCommits(2);
  const firstMs = before.platform.clock.nowMs();
  await before.pass(4_000);
  await before.scraper.stop();
  const after = new ScrapeRig();
  await after.pass(firstMs + 7_000 - after.platform.clock.nowMs());
  after.start(jobOf());
  await after.untilCommits(1);
  assert.equal(after.platform.clock.nowMs(), firstMs + 10_000);
  assert.deepEqual([...before.lines(/stale/), ...after.lines(/stale/)], []);
});

test("a job that has gone leaves its series as they are, as in Prometheus", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf());
  await rig.untilCommits(1);
  rig.scraper.apply({ jobs: [] });
  await rig.pass(100_000);
  assert.equal(rig.commits.length, 1);
});

test("a disk that refuses makes a gap, which is counted and does not hold the next scrape", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf());
  await rig.untilCommits(1);
  rig.target = () => page("m 2\nn 2\n");
  rig.take = () => Promise.reject(new Error("no space"));
  await rig.pass(10_000);
  // One that does not answer holds it no longer than until the next scrape.
  rig.take = (_body, signal) => unlessAborted(new Promise<never>(() => {}), signal);
  await rig.pass(10_000);
  rig.target = () => page("n 4\n");
  rig.take = () => Promise.resolve();
  await rig.untilCommits(2);
  assert.deepEqual(rig.lines(UP_AND_M).slice(2), [
    `30s n${A} 4`,
    // It was in the last page that is in the queue.
    `30s m${A} stale`,
    `30s up${A} 1`,
  ]);
  assert.equal(rig.scraper.stats.counts.uncommitted, 2);
  assert.equal(rig.logger.lines.filter((line) => line.includes("there is a gap")).length, 2);
});

test("a page that comes when the next scrape is due is not lost for want of a moment", async () => {
  const rig = new ScrapeRig();
  rig.target = async () => {
    await new Promise<void>((resolve) => rig.platform.clock.after(9_999, resolve));
    return page("m 1\n");
  };
  rig.take = () => new Promise((resolve) => void rig.platform.clock.after(500, () => resolve(1)));
  rig.start(jobOf({ scrapeTimeoutMs: 10_000 }));
  await rig.untilCommits(2);
  assert.equal(rig.scraper.stats.counts.uncommitted, 0);
  assert.deepEqual(rig.lines(/ m\{/), [`0s m${A} 1`, `10.499s m${A} 1`]);
});

test("an answer that is no page fails the scrape, and says why", async () => {
  const cases = [
    [makeAnswer(503, "busy"), "server returned HTTP status 503"],
    [makeAnswer(404, "gone", { "content-encoding": "br" }), "server returned HTTP status 404"],
    [
      makeAnswer(200, "m 1\n"),
      "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target",
    ],
    [
      makeAnswer(200, "m 1\n", { "content-type": "text/html" }),
      'received unsupported Content-Type "text/html" and no fallback_scrape_protocol specified for target',
    ],
    [page("m\n"), "line 1: got the end of the line at byte 2, wanted a number"],
    [
      page("m 1\n", { "content-encoding": "br" }),
      'the answer cannot be read: its content-encoding is "br", expected gzip',
    ],
  ] as const;
  for (const [answer, error] of cases) {
    const rig = new ScrapeRig();
    rig.target = () => answer;
    rig.start(jobOf());
    await rig.untilCommits(1);
    assert.deepEqual(rig.lines(UP_AND_M), [`0s up${A} 0`]);
    const { target } = rig.scraper.pools[0]!.active[0]!;
    assert.deepEqual([target.health, target.lastError], ["down", error]);
  }
});
