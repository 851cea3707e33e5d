/**
 * The SDKs of OpenTelemetry for JavaScript, Python and Go with their own exporters, into
 * Prometheus 3.16's OTLP endpoint and into walq, which sends to another one: the same answers
 * to the same queries. For JavaScript walq's exporter does it, too.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { join, resolve } from "node:path";
import { buildWhenAsked } from "./support/built_by_go.ts";
import { Program } from "./support/program.ts";
import { buildPrometheus3, Prometheus } from "./support/prometheus.ts";
import { npmInstalled, pipInstalled } from "./support/registries.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { SideBySide } from "./support/side_by_side.ts";
import { RUNTIMES } from "./support/walq.ts";

/** Where an application exports to. */
interface Target {
  readonly url: string;
  /** JavaScript's alone has JSON. */
  readonly form: "protobuf" | "json";
  readonly compression: "gzip" | "none";
}

const NODE = "node_modules/node-26/bin/node";
const PROMETHEUS_3 = buildPrometheus3();
/** Blocks of the configuration, and what comes of each application then: series. */
const SETTINGS: Readonly<Record<string, { otlp: readonly string[]; series: number }>> = {
  "by default": { otlp: [], series: 43 },
  "with labels of the resource, and names as they are": {
    otlp: [
      "otlp:",
      "  translation_strategy: NoUTF8EscapingWithSuffixes",
      "  promote_resource_attributes: [host.cpus, of.it]",
      "  promote_scope_metadata: true",
      "  keep_identifying_resource_attributes: true",
      "  convert_histograms_to_nhcb: true",
    ],
    series: 9,
  },
};

function targetsOf(sides: SideBySide, turn: number): Target[] {
  const ofRuntimes = RUNTIMES.map(
    (runtime, index): Target => ({
      url: `${sides.walq(runtime).origin}${index === 0 ? "" : "/api/v1/otlp"}/v1/metrics`,
      form: (index + turn) % 3 === 0 ? "json" : "protobuf",
      compression: (index + turn) % 2 === 0 ? "gzip" : "none",
    }),
  );
  const direct = `${sides.direct.origin}/api/v1/otlp/v1/metrics`;
  return [{ url: direct, form: "protobuf", compression: "none" }, ...ofRuntimes];
}

async function exits(command: readonly string[], argument: object): Promise<void> {
  const program = new Program([...command, JSON.stringify(argument)]);
  const { code } = await program.exited;
  assert.equal(code, 0, program.describe());
}

for (const [name, { otlp, series: each }] of Object.entries(SETTINGS)) {
  describe(`SDKs of OpenTelemetry, ${name}`, { skip: PROMETHEUS_3.skip }, () => {
    let sides: SideBySide;
    before(async () => sides = await SideBySide.start(PROMETHEUS_3.path, { otlp }));
    after(() => sides.stop());

    it("JavaScript: protobuf and JSON", async (context) => {
      const { path, skip } = npmInstalled("otel_js");
      if (skip) return context.skip(skip);
      const command = [NODE, join(path, "app.js")];
      for (const turn of [0, 1, 2]) await exits(command, { targets: targetsOf(sides, turn) });
      const { series, samples } = await sides.assertSame();
      context.diagnostic(`${series} series, ${samples} samples and histograms`);
      assert.deepEqual({ series, samples }, { series: each, samples: 6 * each });
    });

    it("Python", async (context) => {
      const { path, skip } = pipInstalled("otel_python");
      if (skip) return context.skip(skip);
      for (const turn of [0, 1]) {
        const command = [path, "test/peers/otel_python/otel.py"];
        await exits(command, { targets: targetsOf(sides, turn) });
      }
      const { series, samples } = await sides.assertSame();
      context.diagnostic(`${series} series, ${samples} samples and histograms`);
      assert.equal(series, 2 * each);
    });

    it("Go", async (context) => {
      const { path, skip } = buildWhenAsked("go_clients");
      if (skip) return context.skip(skip);
      for (const turn of [0, 1]) await exits([path, "otel"], { targets: targetsOf(sides, turn) });
      const { series, samples, exemplars } = await sides.assertSame();
      context.diagnostic(`${series} series, ${samples} samples, ${exemplars} exemplars`);
      assert.equal(series, 3 * each);
      assert.ok(exemplars > 0);
    });
  });
}

describe("walq's exporter beside OpenTelemetry's", { skip: PROMETHEUS_3.skip }, () => {
  it("makes the same of the same collection", async (context) => {
    const { path, skip } = npmInstalled("otel_js");
    if (skip) return context.skip(skip);
    const flags = ["--web.enable-otlp-receiver"];
    const setup = { program: PROMETHEUS_3.path, flags };
    const [direct, behind] = await Promise.all(
      [0, 1].map(() => Prometheus.start(undefined, setup)),
    );
    try {
      const url = `${direct!.origin}/api/v1/otlp/v1/metrics`;
      const queue = {
        walq: resolve("build"),
        url: behind!.writeUrl,
        dataPath: join(scratchDirectory("exporter"), "data"),
      };
      const targets: Target[] = [{ url, form: "protobuf", compression: "none" }];
      await exits([NODE, join(path, "app.js")], { targets, queue });
      const wanted = await direct!.content();
      assert.ok(wanted.length > 10, `${wanted.length} series`);
      assert.deepEqual(await behind!.content(), wanted);
    } finally {
      await Promise.all([direct, behind].map((one) => one!.program.stop()));
    }
  });
});
