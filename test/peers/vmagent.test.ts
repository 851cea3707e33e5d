/** vmagent sends to walq, and walq to VictoriaMetrics: what went in at one end is there at the other. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { missing } from "./support/installed.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { Sender } from "./support/send.ts";
import { untilReached } from "./support/until.ts";
import { VictoriaMetrics, Vmagent } from "./support/victoria.ts";
import { WalqProgram, writeConfig } from "./support/walq.ts";
import { ids, tenLabels } from "./support/workload.ts";
import { RequestTemplate } from "./support/write_request.ts";

const SERIES = 5_000;
const STEPS = 3;
const NAME = "peer_chain";

const skip = missing("vmagent", "victoria-metrics");

describe("vmagent -> walq -> VictoriaMetrics", () => {
  it("carries every sample", { skip }, async () => {
    const victoria = await VictoriaMetrics.start();
    const directory = scratchDirectory("chain");
    const config = await writeConfig({ directory, url: victoria.writeUrl });
    const walq = await WalqProgram.start("node", config);
    const vmagent = await Vmagent.start(walq.writeUrl);
    const firstMs = Date.now() - STEPS * 1000;

    const sender = new Sender(vmagent.writeUrl);
    const template = new RequestTemplate(ids(0, SERIES).map((id) => tenLabels(NAME, id)));
    for (let step = 0; step < STEPS; step++) {
      const body = template.fill(firstMs + step * 1000, (id) => valueOf(id, step));
      const { status, text } = await sender.send(body);
      assert.equal(status, 204, text);
    }
    sender.close();
    const sent = (): Promise<number> => walq.metric("prometheus_remote_storage_samples_total");
    await untilReached("walq sends what vmagent sent", SERIES * STEPS, sent);
    const exit = await walq.program.stop("SIGTERM");
    assert.equal(exit.code, 0, walq.program.describe());
    await vmagent.program.stop();

    const found = await victoria.export(`{__name__="${NAME}"}`);
    assert.equal(found.length, SERIES);
    for (const { metric, timestamps, values } of found) {
      const id = Number(metric["id"]);
      assert.deepEqual(metric, Object.fromEntries(tenLabels(NAME, id)));
      assert.deepEqual(timestamps, [0, 1, 2].map((step) => firstMs + step * 1000));
      assert.deepEqual(values, [0, 1, 2].map((step) => valueOf(id, step)));
    }
    await victoria.program.stop();
  });
});

/** Few digits: VictoriaMetrics keeps decimal numbers of limited precision. */
function valueOf(id: number, step: number): number {
  return id + step / 4;
}
