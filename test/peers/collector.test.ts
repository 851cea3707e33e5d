/**
 * A collector of OpenTelemetry before walq and before Prometheus 3.16: what it sends to both
 * is stored alike behind both, also when walq is killed in the midst of it or takes nothing
 * for a while, by OTLP/HTTP and by remote write.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CORPUS, NOW_MS } from "../otlp/corpus.ts";
import { attributesOf, nano, type OtlpJson, requestOf } from "../support/otlp.ts";
import { OtelCollector, type Parts, PATIENT } from "./collector/collector.ts";
import { buildWhenAsked } from "./support/built_by_go.ts";
import { buildPrometheus3 } from "./support/prometheus.ts";
import { SideBySide } from "./support/side_by_side.ts";
import { until, untilReached } from "./support/until.ts";
import { QUICK_RETRIES, type Runtime, RUNTIMES } from "./support/walq.ts";

const collector = buildWhenAsked("collector", { tags: "remove_all_sd" });
const prometheus = buildPrometheus3();
const skip = collector.skip || prometheus.skip;

/** Points of one series whose times go back, and a label "le" beside that of a bucket. */
const REFUSED = ["several resources"];

/** How the collector tells that something did not arrive. */
const REFUSAL = /\terror\t|"dropped_data_points": [1-9]/;

/** How OTLP goes to each of them; Node 20 has no zstd. */
const WAYS: readonly Readonly<Record<Runtime, readonly [compression: string, encoding: string]>>[] =
  [
    { node: ["gzip", "proto"], deno: ["zstd", "proto"], bun: ["none", "json"] },
    { node: ["none", "proto"], deno: ["gzip", "json"], bun: ["zstd", "json"] },
  ];

/** What the collector has of this machine, and of walq itself, which it scrapes. */
function receivers(sides: SideBySide): Parts {
  const scrapers = [
    "cpu",
    "load",
    "memory",
    "disk",
    "filesystem",
    "network",
    "paging",
    "processes",
  ];
  const targets = RUNTIMES.map((runtime) => new URL(sides.walq(runtime).origin).host);
  const job = { job_name: "walq", scrape_interval: "500ms", static_configs: [{ targets }] };
  return {
    host_metrics: {
      collection_interval: "500ms",
      initial_delay: "0s",
      scrapers: Object.fromEntries(scrapers.map((name) => [name, {}])),
    },
    prometheus: { config: { scrape_configs: [job] } },
  };
}

function otlpExporters(sides: SideBySide, ways: (typeof WAYS)[number]): Parts {
  const exporter = (origin: string, compression: string, encoding: string): object => ({
    ...PATIENT,
    endpoint: `${origin}/api/v1/otlp`,
    compression,
    encoding,
  });
  const all = RUNTIMES.map((runtime): [string, object] => {
    return [`otlp_http/${runtime}`, exporter(sides.walq(runtime).origin, ...ways[runtime])];
  });
  return { otlp_http: exporter(sides.direct.origin, "none", "proto"), ...Object.fromEntries(all) };
}

function remoteWriteExporters(sides: SideBySide, message: string): Parts {
  const exporter = (endpoint: string): object => ({
    endpoint,
    protobuf_message: message,
    max_batch_request_parallelism: 1,
    remote_write_queue: { enabled: false },
    retry_on_failure: PATIENT.retry_on_failure,
    timeout: PATIENT.timeout,
  });
  const all = RUNTIMES.map((runtime): [string, object] => {
    return [`prometheus_remote_write/${runtime}`, exporter(sides.walq(runtime).writeUrl)];
  });
  return { prometheus_remote_write: exporter(sides.direct.writeUrl), ...Object.fromEntries(all) };
}

/** Metrics of every kind as of now, but what Prometheus refuses when it comes through a collector. */
function metricsOfNow(refused: readonly string[]): OtlpJson[] {
  return Object.entries(CORPUS).filter(([name]) => !refused.includes(name)).map(([, request]) =>
    rebased(request, Date.now())
  );
}

function rebased(request: OtlpJson, nowMs: number): OtlpJson {
  const text = JSON.stringify(request).replace(
    /"(\d{13})000000"/g,
    (_, timeMs) => JSON.stringify(nano(Number(timeMs) + nowMs - NOW_MS)),
  );
  return JSON.parse(text);
}

/** A gauge that says which of many requests it is in. */
function numbered(step: number, timeMs: number): OtlpJson {
  const point = { attributes: [], timeUnixNano: nano(timeMs), asInt: String(step) };
  const counted = {
    ...point,
    attributes: attributesOf({ path: "/" }),
    startTimeUnixNano: nano(timeMs - step),
  };
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [counted] };
  const metrics = [
    { name: "step", unit: "1", gauge: { dataPoints: [point] } },
    { name: "steps", sum },
  ];
  return requestOf(metrics, { "service.name": "numbered", "service.instance.id": "1" });
}

describe("a collector of OpenTelemetry", { skip }, () => {
  let sides: SideBySide;
  before(async () => sides = await SideBySide.start(prometheus.path));
  after(() => sides.stop());

  for (const [index, ways] of WAYS.entries()) {
    it(`by OTLP/HTTP: ${JSON.stringify(ways)}`, async (context) => {
      const setup = {
        program: collector.path,
        receivers: receivers(sides),
        exporters: otlpExporters(sides, ways),
      };
      const running = await OtelCollector.start(setup);
      for (const request of metricsOfNow(REFUSED)) {
        await running.take(request, index === 0 ? "json" : "protobuf");
      }
      const scraped = 'count_over_time(up{job="walq"}[1h])';
      await until("it has scraped", async () => {
        const counted = await sides.direct.query(`${scraped} >= ${5 * (index + 1)}`, Date.now());
        return counted.length === RUNTIMES.length;
      });
      await running.stop();
      assert.doesNotMatch(running.program.output, REFUSAL);
      // What walq warns of is told where the collector's people look.
      assert.match(running.program.output, /become one label a_b, .*"dropped_data_points": 0/);
      const { series, samples } = await sides.assertSame();
      context.diagnostic(`${series} series, ${samples} samples and histograms`);
      assert.ok(series > 500, `${series} series`);
    });
  }
});

describe("a collector's exporter of remote write", { skip }, () => {
  for (const message of ["prometheus.WriteRequest", "io.prometheus.write.v2.Request"]) {
    it(`by ${message}`, async (context) => {
      const sides = await SideBySide.start(prometheus.path);
      try {
        const running = await OtelCollector.start({
          program: collector.path,
          receivers: receivers(sides),
          exporters: remoteWriteExporters(sides, message),
          gates: ["exporter.prometheusremotewritexporter.enableSendingRW2"],
        });
        for (const request of metricsOfNow([...REFUSED, "histograms"])) await running.take(request);
        await until("it has scraped", async () => {
          const query = 'count_over_time(up{job="walq"}[1h]) >= 5';
          return (await sides.direct.query(query, Date.now())).length === RUNTIMES.length;
        });
        await running.stop();
        assert.doesNotMatch(running.program.output, REFUSAL);
        const { series, samples } = await sides.assertSame();
        context.diagnostic(`${series} series, ${samples} samples and histograms`);
        assert.ok(series > 400, `${series} series`);
      } finally {
        await sides.stop();
      }
    });
  }
});

const STEPS = 400;
/** Some batches fill it. */
const SMALL_DISK = ["max_disk_bytes: 2KiB", "on_full: reject"];

/** Hands over `STEPS` requests, and does something at some of them. */
async function handOver(
  running: OtelCollector,
  events: Readonly<Record<number, () => Promise<void>>>,
): Promise<void> {
  const beganMs = Date.now() - STEPS;
  for (let step = 1; step <= STEPS; step++) {
    await running.take(numbered(step, beganMs + step));
    await events[step]?.();
  }
}

async function assertAllSteps(sides: SideBySide, running: OtelCollector): Promise<void> {
  // One that is ended gives up what it waits with.
  await until("every step is there", async () => {
    const query = `count_over_time({__name__=~"step_ratio|steps_total"}[1h]) >= ${STEPS}`;
    const [direct, behind] = await Promise.all(
      [sides.direct, sides.behind].map((one) => one.query(query, Date.now())),
    );
    return direct!.length === 2 && behind!.length === 2 * RUNTIMES.length;
  });
  await running.stop();
  assert.doesNotMatch(running.program.output, REFUSAL);
  await sides.assertSame();
  for (
    const [prometheus, copies] of [[sides.direct, 1], [sides.behind, RUNTIMES.length]] as const
  ) {
    const found = await prometheus.query('{__name__=~"step_ratio|steps_total"}[1h]', Date.now());
    assert.equal(found.length, 2 * copies);
    for (const { values } of found) {
      assert.deepEqual(
        values.map(([, value]) => Number(value)),
        Array.from({ length: STEPS }, (_, at) => at + 1),
      );
    }
  }
}

describe("a collector before walq that does not answer", { skip }, () => {
  it("walq is killed and started in the midst: all is there, once and in order", async () => {
    const sides = await SideBySide.start(prometheus.path);
    try {
      const exporters = otlpExporters(sides, WAYS[0]!);
      const running = await OtelCollector.start({ program: collector.path, exporters });
      const kill = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
        await Promise.all(RUNTIMES.map((runtime) => sides.walq(runtime).program.stop(signal)));
      };
      const start = async (): Promise<void> => {
        await Promise.all(RUNTIMES.map((runtime) => sides.startWalq(runtime)));
      };
      await handOver(running, {
        [STEPS / 4]: () => kill("SIGKILL"),
        [STEPS / 4 + 20]: start,
        [STEPS / 2]: () => kill("SIGTERM"),
        [STEPS / 2 + 20]: start,
      });
      await assertAllSteps(sides, running);
    } finally {
      await sides.stop();
    }
  });

  it("walq is full and says 503: it comes again when there is room", async () => {
    const queueConfig = [...QUICK_RETRIES, ...SMALL_DISK];
    const sides = await SideBySide.start(prometheus.path, { queueConfig });
    try {
      const exporters = otlpExporters(sides, WAYS[0]!);
      const running = await OtelCollector.start({ program: collector.path, exporters });
      await sides.behind.program.stop();
      const refused = async (): Promise<number> => {
        const pages = await Promise.all(
          RUNTIMES.map((runtime) => sides.walq(runtime).metricsPage()),
        );
        const counts = pages.map((page) =>
          Number(/^walq_receive_requests_total\{code="503"\} (\d+)/m.exec(page)?.[1] ?? 0)
        );
        return Math.min(...counts);
      };
      await handOver(running, {
        [STEPS / 2]: () => untilReached("each of them refuses", 2, refused),
      });
      await sides.behind.startAgain();
      await assertAllSteps(sides, running);
    } finally {
      await sides.stop();
    }
  });
});
