import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeOtlp, jsonOtlp, type OtlpJson } from "../../support/otlp.ts";
import { Program } from "../support/program.ts";
import { freePort, scratchDirectory } from "../support/scratch.ts";
import { until } from "../support/until.ts";

/** A block of the collector's configuration: parts by their names. */
export type Parts = Readonly<Record<string, object>>;

/** What a collector is made of, beside its OTLP receiver. */
export interface CollectorSetup {
  /** Of Go's making. */
  readonly program: string;
  readonly receivers?: Parts;
  readonly exporters: Parts;
  /** Gates of features that are off otherwise. */
  readonly gates?: readonly string[];
}

/** One at a time, so that nothing overtakes; and it is tried again for as long as it takes. */
export const PATIENT = {
  timeout: "30s",
  sending_queue: { num_consumers: 1, queue_size: 10_000 },
  retry_on_failure: { initial_interval: "50ms", max_interval: "500ms", max_elapsed_time: "0s" },
};

/** A collector of OpenTelemetry, with one pipeline from all receivers to all exporters. */
export class OtelCollector {
  readonly program: Program;
  readonly #origin: string;

  private constructor(program: Program, origin: string) {
    this.program = program;
    this.#origin = origin;
  }

  static async start(setup: CollectorSetup): Promise<OtelCollector> {
    const endpoint = `127.0.0.1:${await freePort()}`;
    const receivers = { otlp: { protocols: { http: { endpoint } } }, ...setup.receivers };
    const pipeline = {
      receivers: Object.keys(receivers),
      processors: ["batch"],
      exporters: Object.keys(setup.exporters),
    };
    const config = join(scratchDirectory("collector"), "collector.yaml");
    // YAML is JSON, too.
    writeFileSync(
      config,
      JSON.stringify({
        receivers,
        processors: { batch: { timeout: "100ms" } },
        exporters: setup.exporters,
        service: {
          telemetry: { metrics: { level: "none" }, logs: { level: "warn" } },
          pipelines: { metrics: pipeline },
        },
      }),
    );
    const gates = setup.gates === undefined ? [] : [`--feature-gates=${setup.gates.join(",")}`];
    const program = new Program([setup.program, `--config=file:${config}`, ...gates]);
    const collector = new OtelCollector(program, `http://${endpoint}`);
    let hasEnded = false;
    void program.exited.then(() => hasEnded = true);
    await until("the collector listens", async () => {
      assert.ok(!hasEnded, program.describe());
      return await fetch(collector.#origin).then((answer) => answer.status === 404, () => false);
    });
    return collector;
  }

  /** Hands metrics over, as an application does. */
  async take(request: OtlpJson, form: "protobuf" | "json" = "protobuf"): Promise<void> {
    const isJson = form === "json";
    const answer = await fetch(`${this.#origin}/v1/metrics`, {
      method: "POST",
      headers: { "content-type": isJson ? "application/json" : "application/x-protobuf" },
      body: isJson ? jsonOtlp(request) as BodyInit : encodeOtlp(request) as BodyInit,
    });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** All that it has is sent, then it ends. */
  async stop(): Promise<void> {
    const { code } = await this.program.stop();
    assert.equal(code, 0, this.program.describe());
  }
}
