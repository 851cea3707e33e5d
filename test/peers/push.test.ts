/**
 * What is pushed as text, beside those that it was made for: the same lines to VictoriaMetrics
 * and through walq to another one, and the same pushes of prom-client to Debian's Pushgateway,
 * which a Prometheus scrapes, and to walq.
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { after, before, describe, it } from "node:test";
import { Counter, Gauge, Histogram, Pushgateway, Registry, Summary } from "prom-client";
import { GatewayBesideWalq } from "./support/gateway.ts";
import { missing } from "./support/installed.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";
import { type ExportedSeries, VictoriaMetrics } from "./support/victoria.ts";
import { RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";

const skip = missing("victoria-metrics");
const skipGateway = skip || missing("prometheus-pushgateway", "prometheus");

/** Series with their samples, in order. */
function formsOf(series: readonly ExportedSeries[]): string[] {
  return series.map(({ metric, values, timestamps }) => {
    const labels = Object.entries(metric).toSorted(([a], [b]) => a < b ? -1 : 1);
    const samples = timestamps.map((timestampMs, at) => `${values[at]}@${timestampMs}`);
    return `${JSON.stringify(labels)} ${samples.toSorted().join(" ")}`;
  }).toSorted();
}

/** The same lines for both, as of this moment; a name tells whose they are. */
function pushes(run: string, nowMs: number): readonly (readonly [path: string, body: string])[] {
  const imported = "/api/v1/import/prometheus";
  const query = `?extra_label=run=${run}&extra_label=env=prod`;
  const seconds = Math.floor(nowMs / 1000);
  return [
    [
      `${imported}${query}&timestamp=${nowMs - 5000}`,
      `# HELP pushed_temperature_celsius How warm.\n# TYPE pushed_temperature_celsius gauge\n` +
      `pushed_temperature_celsius{room="attic",env="own"} 21.5\n` +
      `pushed_temperature_celsius{room="a \\"b\\" \\\\ c\\n"} -1.25e-3 ${nowMs - 1000}\n` +
      `pushed_events_total{le="x"} 12345678901 ${nowMs - 2000}\n` +
      `pushed_events_total{le="x"} 12345678902 ${nowMs - 1000}\n`,
    ],
    [
      `/write?db=telegraf&extra_label=run=${run}`,
      `pushed_cpu,cpu=cpu-total,host=pi usage_idle=97.5,usage_user=1.25 ${nowMs}000000\n` +
      `pushed_disk,path=/var/my\\ dir,mode=r\\,w free=123i,used_percent=12.5,ok=t,bad=F ${
        nowMs - 10
      }999999\n` +
      `pushed_db,db=own v=-1.5e3 ${nowMs}000000\n`,
    ],
    [
      `/write?precision=s&extra_label=run=${run}`,
      `pushed_s v=1 ${seconds}\npushed_s v=2 ${seconds - 1}\n`,
    ],
    [`/write?precision=ms&extra_label=run=${run}`, `pushed_ms v=1 ${nowMs}\n`],
    [`/write?precision=u&extra_label=run=${run}`, `pushed_u v=1 ${nowMs}001\n`],
    [`/influx/api/v2/write?precision=s&extra_label=run=${run}`, `pushed_v2,a=b v=3i ${seconds}\n`],
  ];
}

async function send(origin: string, path: string, body: string): Promise<void> {
  const headers = { "content-encoding": "gzip" };
  const answer = await fetch(origin + path, { method: "POST", headers, body: gzipSync(body) });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`);
}

describe("VictoriaMetrics stores what is pushed to it, and what is pushed to walq, alike", () => {
  let direct: VictoriaMetrics;
  let through: VictoriaMetrics;
  before(async () => {
    if (skip) return;
    [direct, through] = await Promise.all([VictoriaMetrics.start(), VictoriaMetrics.start()]);
  });
  after(async () => {
    if (skip) return;
    await Promise.all([direct.program.stop(), through.program.stop()]);
  });

  for (const runtime of RUNTIMES) {
    it(`through walq on ${runtime}`, { skip }, async () => {
      const directory = scratchDirectory("push");
      const url = through.writeUrl;
      const walq = await WalqProgram.start(runtime, await writeConfig({ directory, url }));
      try {
        // Of a minute ago: what is exported ends with the second that is over.
        const all = pushes(runtime, Date.now() - 60_000);
        for (const [path, body] of all) {
          await send(direct.origin, path, body);
          await send(walq.origin, path, body);
        }
        const match = `{run="${runtime}"}`;
        const wanted = formsOf(await direct.export(match));
        assert.equal(wanted.length, 14, wanted.join("\n"));
        await until(
          "all of it is stored",
          async () => (await through.export(match)).length >= wanted.length,
        );
        assert.deepEqual(formsOf(await through.export(match)), wanted);
      } finally {
        await walq.program.stop();
      }
    });
  }
});

/** Metrics of every type that prom-client has. */
function registryOf(): Registry {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Counter({ name: "jobs_total", help: "Jobs.", labelNames: ["kind"], registers });
  jobs.inc({ kind: 'a "b"' }, 3);
  jobs.inc({ kind: "c" });
  new Gauge({ name: "last_seconds", help: "Last.", registers }).set(12.5);
  const took = { help: "Took.", labelNames: ["instance"], registers };
  const buckets = [0.5, 1, 2.5];
  // The group's own instance takes the place of this one.
  new Histogram({ ...took, name: "took_seconds", buckets }).observe({ instance: "own" }, 0.75);
  new Summary({ ...took, name: "sums_seconds", percentiles: [0.5, 0.99] }).observe({}, 2);
  return registry;
}

const GROUPS = [
  { jobName: "nightly" },
  { jobName: "nightly", groupings: { instance: "a b", shard: "7" } },
] as const;
const OF_JOB = '{job=~"nightly|base.*"}';

describe("Debian's Pushgateway", { skip: skipGateway }, () => {
  let both: GatewayBesideWalq;
  before(async () => both = await GatewayBesideWalq.start(OF_JOB));
  after(() => both.stop());

  it("is scraped with the series that walq sends of the same pushes", async () => {
    const registry = registryOf();
    for (const to of both.origins) {
      const client = new Pushgateway(to, {}, registry);
      for (const group of GROUPS) {
        await client.push(group);
        await client.pushAdd(group);
      }
      const base64 = `${to}/metrics/job@base64/YmFzZS82NA/path@base64/L3Zhci90bXA=/empty@base64/=`;
      const body = 'encoded{empty="taken away",x="y"} 1\n';
      const answer = await fetch(base64, { method: "PUT", body });
      assert.equal(answer.status, 200);
    }
    await both.assertSame(2 * 13 + 1);
  });

  it("answers with the same statuses", async () => {
    const asked: readonly (readonly [string, string, string])[] = [
      ["PUT", "/metrics/job/j", "a 1\n"],
      ["POST", "/metrics/job/j/", "a 1\n"],
      ["POST", "/metrics/job/j", ""],
      ["POST", "/metrics/job/j", "a 1 1700000000000\n"],
      ["POST", "/metrics/job/j", "a{\n"],
      ["POST", "/metrics/job/j", "a x\n"],
      ["POST", "/metrics/job/j", 'a{x="1",x="2"} 1\n'],
      ["POST", "/metrics/job/j", 'b{job="x"} 1\nb{job="y"} 2\n'],
      ["POST", "/metrics/job/j/odd", "a 1\n"],
      ["POST", "/metrics/job/j/9x/1", "a 1\n"],
      ["POST", "/metrics/job/j/__x/1", "a 1\n"],
      ["POST", "/metrics/job/j/x@base64/a", "a 1\n"],
      ["POST", "/metrics/job@base64/=", "a 1\n"],
      ["DELETE", "/metrics/job/j", ""],
      ["DELETE", "/metrics/job/nobody/x/y", ""],
      ["DELETE", "/metrics/job/j/odd", ""],
      ["GET", "/metrics/job/j", ""],
    ];
    for (const [method, path, body] of asked) {
      const init = method === "GET" || method === "DELETE" ? { method } : { method, body };
      const [theirs, ours] = await Promise.all(
        both.origins.map(async (to) => (await fetch(to + path, init)).status),
      );
      assert.equal(ours, theirs, `${method} ${path} ${JSON.stringify(body)}`);
    }
  });
});
