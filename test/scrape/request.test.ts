import assert from "node:assert/strict";
import { makeAnswer } from "../../src/testing/memory.ts";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import type { HttpRequest, ScrapeProtocol } from "../../src/contracts.ts";
import { acceptHeader } from "../../src/scrape/accept.ts";
import { protocolOf } from "../../src/scrape/content_type.ts";
import { VERSION } from "../../src/version.ts";
import { groupOf, jobOf, page, ScrapeRig, staticOf, TOLD } from "./support.ts";

test("the Accept header, with weights and escaping, as Prometheus sends it", () => {
  const defaults: ScrapeProtocol[] = [
    "OpenMetricsText1.0.0",
    "OpenMetricsText0.0.1",
    "PrometheusText1.0.0",
    "PrometheusText0.0.4",
  ];
  assert.equal(
    acceptHeader(defaults, "allow-utf-8"),
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
      "application/openmetrics-text;version=0.0.1;q=0.5," +
      "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  );
  assert.equal(
    acceptHeader(["PrometheusProto"], "underscores"),
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;" +
      "q=0.6,*/*;q=0.5",
  );
});

test("what a page is, by its Content-Type", () => {
  const cases: [string, ScrapeProtocol][] = [
    ["text/plain", "PrometheusText0.0.4"],
    ["text/plain; version=0.0.4; charset=utf-8", "PrometheusText0.0.4"],
    ["Text/Plain;version=1.0.0;escaping=allow-utf-8", "PrometheusText1.0.0"],
    ["application/openmetrics-text; version=0.0.1", "OpenMetricsText0.0.1"],
    ["application/openmetrics-text; version=1.0.0; charset=utf-8", "OpenMetricsText1.0.0"],
    ["application/vnd.google.protobuf; encoding=delimited", "PrometheusProto"],
  ];
  for (const [type, protocol] of cases) {
    assert.equal(protocolOf(type, undefined), protocol);
    assert.equal(protocolOf(type, "PrometheusProto"), protocol);
  }
  for (const type of [undefined, "", "text/html", "/", "text plain"]) {
    assert.throws(() => protocolOf(type, undefined), /fallback_scrape_protocol/);
    assert.equal(protocolOf(type, "OpenMetricsText1.0.0"), "OpenMetricsText1.0.0");
  }
});

test("what is asked, and who asks", async () => {
  const rig = new ScrapeRig();
  const requests: HttpRequest[] = [];
  rig.target = (request) => {
    requests.push(request);
    return page("m 1\n");
  };
  rig.start(jobOf({
    scrapeTimeoutMs: 1_500,
    params: { a: ["b"] },
    credentials: {
      identity: { kind: "token", type: "Bearer", token: "secret" },
      secretHeaders: [{ name: "x-tenant", values: ["t"] }],
    },
  }));
  await rig.untilCommits(1);
  const [{ url, method, headers, body }] = requests as [HttpRequest];
  assert.deepEqual([url, method, body], ["http://a:80/metrics?a=b", "GET", undefined]);
  const { accept, ...others } = headers;
  assert.match(accept!, /^application\/openmetrics-text/);
  assert.deepEqual(others, {
    "accept-encoding": "gzip",
    "authorization": "Bearer secret",
    "user-agent": `walq/${VERSION}`,
    "x-prometheus-scrape-timeout-seconds": "1.5",
    "x-tenant": "t",
  });
});

test("a secret that comes back in an error is not shown", async () => {
  const rig = new ScrapeRig();
  rig.target = ({ headers }) => {
    throw new Error(`cannot send ${headers["authorization"]}`);
  };
  const credentials = {
    identity: { kind: "token", type: "Bearer", token: "hunter2hunter2" },
    secretHeaders: [],
  } as const;
  rig.start(jobOf({ credentials, scrapeFailureLogFile: "/log" }));
  await rig.untilCommits(1);
  const { target } = rig.scraper.pools[0]!.active[0]!;
  assert.equal(target.lastError, "cannot send <hidden>");
  assert.equal(rig.failures.length, 1);
  assert.ok(!rig.failures[0]!.includes("hunter2"));
  const { time: _time, ...line } = JSON.parse(rig.failures[0]!.replace("/log: ", ""));
  assert.deepEqual(line, {
    level: "ERROR",
    msg: "cannot send <hidden>",
    job_name: "job",
    target: "http://a:80/metrics",
  });
});

test("a page under gzip, and the limit on its bytes when it is unpacked", async () => {
  const text = `${"m 1\n"}${"# a comment\n".repeat(100)}`;
  const answer = {
    ...page("", { "content-encoding": "gzip" }),
    bytes: new Uint8Array(gzipSync(text)),
  };
  const bodySize = async (bodyBytesMax: number): Promise<string[]> => {
    const rig = new ScrapeRig();
    rig.target = () => answer;
    rig.start(jobOf({ bodyBytesMax, extraScrapeMetrics: true }));
    await rig.untilCommits(1);
    assert.equal(rig.scraper.stats.counts.exceededBodySize, bodyBytesMax === text.length ? 1 : 0);
    return rig.lines(/up|scrape_body|scrape_timeout|scrape_sample_limit/).map((line) =>
      line.replace(/^0s (\w+)\{.*\}/, "$1")
    );
  };
  const others = ["scrape_timeout_seconds 5", "scrape_sample_limit 0"];
  const all = ["up 1", ...others, `scrape_body_size_bytes ${text.length}`];
  assert.deepEqual(await bodySize(0), all);
  assert.deepEqual(await bodySize(text.length + 1), all);
  // A page of as many bytes as the limit exceeds it, as in Prometheus.
  assert.deepEqual(await bodySize(text.length), ["up 0", ...others, "scrape_body_size_bytes -1"]);
});

test("a socket of this host in place of the address, and redirects to other hosts without what says who asks", async () => {
  const rig = new ScrapeRig();
  const asked: [string, string | undefined, boolean][] = [];
  rig.target = ({ url, unixSocket, headers }) => {
    asked.push([url, unixSocket, "authorization" in headers]);
    return url === "http://a:80/metrics"
      ? makeAnswer(302, "", { location: "http://b:81/there" })
      : page("m 1\n");
  };
  const socket = { __address__: "localhost", __unix_socket__: "/run/s.sock" };
  const credentials = {
    identity: { kind: "basic", username: "u", password: "p" },
    secretHeaders: [],
  } as const;
  const groups = [{ source: "0", labels: {}, targets: [socket] }, groupOf("1", "a:80")];
  rig.start(jobOf({ credentials, discoveries: [{ kind: "static", groups }] }));
  await rig.untilCommits(2);
  assert.deepEqual(asked.toSorted(), [
    ["http://a:80/metrics", undefined, true],
    ["http://b:81/there", undefined, false],
    ["http://localhost/metrics", "/run/s.sock", true],
  ]);
  const ups = rig.commits.flat().filter((line) => / up\{/.test(line));
  assert.deepEqual(ups.map((line) => line.at(-1)), ["1", "1"]);
});

test("redirects that are not to be followed are no pages", async () => {
  const rig = new ScrapeRig();
  rig.target = () => makeAnswer(302, "", { location: "http://b:81/there" });
  rig.start(jobOf({ followRedirects: false }));
  await rig.untilCommits(1);
  const { target } = rig.scraper.pools[0]!.active[0]!;
  assert.equal(target.lastError, "server returned HTTP status 302");
});

test("an empty page is a scrape that went well, whatever it says that it is", async () => {
  const rig = new ScrapeRig();
  rig.target = () => page("", { "content-type": "" });
  rig.start(jobOf());
  await rig.untilCommits(1);
  assert.deepEqual(rig.lines(/up\{/), ["0s up{instance=a:80,job=job} 1"]);
});

test("the report counts what was scraped, kept and new", async () => {
  const rig = new ScrapeRig();
  rig.target = () => page('m{a="1"} 1\nm{a="2"} 1\nn 1\n');
  const rule = {
    sourceLabels: ["__name__"],
    separator: ";",
    regex: "n",
    modulus: 0,
    targetLabel: "",
    replacement: "$1",
    action: "drop",
  } as const;
  rig.start(jobOf({ metricRelabelConfigs: [rule] }));
  await rig.untilCommits(2);
  const counts = rig.lines(/scrape_s/).map((line) => line.replace(/\{.*\}/, ""));
  assert.deepEqual(counts, [
    "0s scrape_samples_scraped 3",
    "0s scrape_samples_post_metric_relabeling 2",
    "0s scrape_series_added 2",
    "10s scrape_samples_scraped 3",
    "10s scrape_samples_post_metric_relabeling 2",
    "10s scrape_series_added 0",
  ]);
});

test("too many targets: none of them is scraped, and each says why", async () => {
  const rig = new ScrapeRig();
  let asked = 0;
  rig.target = () => {
    asked++;
    return page("m 1\n");
  };
  rig.start(jobOf({ targetLimit: 1, discoveries: [TOLD] }));
  rig.tell([groupOf("f", "a:80", "b:80")]);
  await rig.untilCommits(2);
  assert.equal(asked, 0);
  assert.deepEqual(rig.lines(/ up\{/).map((line) => line.at(-1)), ["0", "0"]);
  const { target } = rig.scraper.pools[0]!.active[0]!;
  assert.equal(target.lastError, "target_limit exceeded (number of targets: 2, limit: 1)");
  rig.tell([groupOf("f", "a:80")]);
  await rig.pass(20_000);
  assert.ok(asked > 0);
});

test("equal targets are one, and targets that cannot be are kept with the reason", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf({
    keepDroppedTargets: 1,
    discoveries: [staticOf("a:80", "a:80", "b/c", "d/e"), staticOf("a:80")],
  }));
  await rig.untilCommits(1);
  const [pool] = rig.scraper.pools;
  assert.equal(pool!.active.length, 1);
  assert.equal(pool!.droppedCount, 2);
  assert.deepEqual(pool!.dropped.map(({ fault }) => fault), ['"b/c" is not a valid hostname']);
});

test("targets that hang do not keep others from being scraped", async () => {
  const rig = new ScrapeRig({ scrapesMax: 4 });
  const hanging = Array.from({ length: 8 }, (_, i) => `hangs-${i}:80`);
  const fine = Array.from({ length: 4 }, (_, i) => `fine-${i}:80`);
  rig.target = ({ url }) => url.includes("hangs") ? new Promise(() => {}) : page("m 1\n");
  rig.start(jobOf({ discoveries: [staticOf(...hanging, ...fine)] }));
  // Until it is known who hangs.
  await rig.pass(30_000);
  const before = rig.commits.length;
  await rig.pass(50_000);
  const since = rig.commits.slice(before).flat();
  const ups = since.filter((line) => / up\{instance=fine/.test(line));
  assert.equal(ups.length, 20);
  assert.deepEqual(ups.filter((line) => !line.endsWith(" 1")), []);
  // Those that hang are told to be down, all of them, all the time.
  assert.equal(since.filter((line) => / up\{instance=hangs.* 0$/.test(line)).length, 40);
});

test("a job that asks for it reads since when a counter counts", async () => {
  const OPEN = { "content-type": "application/openmetrics-text; version=1.0.0" };
  const text = "# TYPE c counter\nc_total 1\nc_created 5.5\n# EOF\n";
  for (const readsStartTimestamps of [false, true]) {
    const rig = new ScrapeRig();
    rig.target = () => page(text, OPEN);
    rig.start(jobOf({ readsStartTimestamps }));
    await rig.untilCommits(1);
    const created = readsStartTimestamps ? [] : ["0s c_created{instance=a:80,job=job} 5.5"];
    assert.deepEqual(rig.lines(/ c_/), ["0s c_total{instance=a:80,job=job} 1", ...created]);
    assert.deepEqual(rig.starts, readsStartTimestamps ? ["5500"] : []);
  }
});

test("metadata of a target is said at first, and again after the interval that is asked for", async () => {
  const rig = new ScrapeRig();
  rig.target = () => page("# TYPE m gauge\nm 1\n");
  rig.scraper.metadataIntervalMs = 25_000;
  rig.start(jobOf());
  await rig.untilCommits(5);
  assert.deepEqual(rig.families, [["m"], [], [], ["m"], []]);
  // What a reload says holds for those who were told before.
  rig.scraper.metadataIntervalMs = 10_000;
  await rig.untilCommits(7);
  assert.deepEqual(rig.families.slice(5), [["m"], ["m"]]);
  rig.scraper.metadataIntervalMs = Infinity;
  await rig.untilCommits(8);
  assert.deepEqual(rig.families.slice(7), [[]]);
});

test("the series of the report are described as often, where that is asked for", async () => {
  const rig = new ScrapeRig();
  rig.target = () => page("# TYPE m gauge\nm 1\n");
  rig.scraper.metadataIntervalMs = 25_000;
  rig.scraper.describesSeries = true;
  rig.start(jobOf({ extraScrapeMetrics: true }));
  await rig.untilCommits(4);
  const report = rig.lines(/ (?:up|scrape_)/).slice(0, 8)
    .map((line) => / (\w+)\{/.exec(line)![1]);
  assert.equal(report.length, 8);
  assert.deepEqual(rig.families, [["m", ...report], [], [], ["m", ...report]]);
});
