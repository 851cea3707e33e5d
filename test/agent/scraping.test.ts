/** The program scrapes what its file says: by the real parser, from targets that a script plays. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../src/agent/cli.ts";
import type { HttpRequest } from "../../src/contracts.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { page } from "../scrape/support.ts";
import { ask, FakeHost, putFile } from "./support.ts";

const PATH = "/etc/walq.yaml";

function fileOf(jobs: string): string {
  return `global: { scrape_interval: 10s, external_labels: { replica: a } }
remote_write: [{ url: http://host/, name: a }]
server: { enable_lifecycle: true }
scrape_configs: ${jobs}
`;
}

/** The program at work, with targets that all show the same page. */
async function started(jobs: string, text = "# TYPE m gauge\nm 1\n"): Promise<{
  readonly host: FakeHost;
  readonly ended: Promise<number>;
  readonly asked: HttpRequest[];
}> {
  const asked: HttpRequest[] = [];
  const platform = new MemoryPlatform({
    script: (request) => {
      asked.push(request);
      return page(text);
    },
  });
  const host = new FakeHost(["run", "--config", PATH], platform);
  await putFile(host, PATH, fileOf(jobs));
  const ended = main(host);
  await host.ready;
  return { host, ended, asked };
}

/** The series of all that was committed, by name and instance. */
function scraped(host: FakeHost): Set<string> {
  const series = host.queue.scraped.flatMap((body) => decodeRequest(body, "appended").series);
  return new Set(series.map(({ labels }) => {
    const { __name__: name, instance, job } = Object.fromEntries(labels);
    return `${name} ${instance} ${job}`;
  }));
}

function valueOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

async function api(host: FakeHost, path: string): Promise<unknown> {
  const answer = await ask(host.handler!, new Request(`http://127.0.0.1${path}`));
  return (await answer.json() as { data: unknown }).data;
}

test("jobs are scraped into the queue, a reload changes them, and a stop ends them first", async () => {
  const { host, ended, asked } = await started(
    "[{ job_name: one, static_configs: [{ targets: ['a:80'] }] }]",
  );
  await host.platform.time.advance(10_000);
  assert.deepEqual([...scraped(host)].sort(), [
    "m a:80 one",
    "scrape_duration_seconds a:80 one",
    "scrape_samples_post_metric_relabeling a:80 one",
    "scrape_samples_scraped a:80 one",
    "scrape_series_added a:80 one",
    "up a:80 one",
  ]);
  assert.equal(asked[0]!.url, "http://a:80/metrics");
  const [first] = host.queue.scraped;
  assert.deepEqual(decodeRequest(first!, "appended").metadata.map(({ family }) => family), ["m"]);
  await putFile(
    host,
    PATH,
    fileOf("[{ job_name: two, static_configs: [{ targets: ['b:80', 'c:80'] }] }]"),
  );
  host.signal("SIGHUP");
  await host.platform.time.advance(10_000);
  assert.deepEqual([...scraped(host)].filter((one) => one.startsWith("m ")).sort(), [
    "m a:80 one",
    "m b:80 two",
    "m c:80 two",
  ]);
  assert.deepEqual(await api(host, "/api/v1/scrape_pools"), { scrapePools: ["two"] });
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
  const commits = host.queue.scraped.length;
  await host.platform.time.advance(100_000);
  assert.equal(host.queue.scraped.length, commits);
  assert.equal(host.platform.time.timers, 0);
});

test("a page over a limit fails, is counted, and its report says by how much", async () => {
  const { host, ended } = await started(
    "[{ job_name: one, sample_limit: 2, static_configs: [{ targets: ['a:80'] }] }]",
    "m 1\nn 1\no 1\n",
  );
  await host.platform.time.advance(10_000);
  const { series } = decodeRequest(host.queue.scraped[0]!, "appended");
  const values = series.flatMap(({ labels, signals }) => {
    const [signal] = signals;
    const name = new Map(labels).get("__name__")!;
    return signal?.kind === "sample" && name !== "scrape_duration_seconds"
      ? [`${name} ${valueOf(signal.bits)}`]
      : [];
  });
  assert.deepEqual(values, [
    "up 0",
    "scrape_samples_scraped 3",
    "scrape_samples_post_metric_relabeling 3",
    "scrape_series_added 0",
  ]);
  const metrics = await ask(host.handler!, new Request("http://127.0.0.1/metrics"));
  assert.match(
    await metrics.text(),
    /^prometheus_target_scrapes_exceeded_sample_limit_total 1$/m,
  );
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a file that is wrong leaves what is scraped as it is", async () => {
  const { host, ended } = await started(
    "[{ job_name: one, static_configs: [{ targets: ['a:80'] }] }]",
  );
  await putFile(host, PATH, fileOf("[{ job_name: one, scrape_interval: 1 }]"));
  host.signal("SIGHUP");
  await host.platform.time.advance(20_000);
  assert.equal(host.queue.scraped.length, 2);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("targets come from a file when it is there, and what is wrong with their page is shown", async () => {
  const { host, ended } = await started(
    `[{ job_name: f,
        file_sd_configs: [{ files: [targets.json], refresh_interval: 5s }] }]`,
    "no page\n",
  );
  await host.platform.time.advance(20_000);
  assert.equal(host.queue.scraped.length, 0);
  await putFile(host, "/etc/targets.json", '[{ "targets": ["a:80"], "labels": { "l": "v" } }]');
  await host.platform.time.advance(20_000);
  const { activeTargets } = await api(host, "/api/v1/targets") as {
    activeTargets: { labels: unknown; lastError: string; health: string }[];
  };
  assert.deepEqual(activeTargets.map(({ labels }) => labels), [
    { instance: "a:80", job: "f", l: "v" },
  ]);
  assert.equal(activeTargets[0]!.health, "down");
  assert.match(activeTargets[0]!.lastError, /^line 1: /);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});
