/** SIGTERM while the endpoint is down: exit code 0, and the next start sends the rest, in order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeepingEndpoint } from "./support/endpoint.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { Sender } from "./support/send.ts";
import { untilReached } from "./support/until.ts";
import { RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";
import { ids, tenLabels } from "./support/workload.ts";
import { RequestTemplate } from "./support/write_request.ts";

const SERIES = 1_000;
const STEPS = 20;
const NAME = "outage_sample";

describe("stopped with SIGTERM while the endpoint is down", () => {
  for (const runtime of RUNTIMES) {
    it(`${runtime}: ends with 0 and sends the rest after the next start`, async () => {
      const endpoint = await KeepingEndpoint.open();
      const config = await writeConfig({
        directory: scratchDirectory("outage"),
        url: endpoint.url,
      });
      const walqArgs = ["--shutdown-grace", "500ms"];
      const before = await WalqProgram.start(runtime, config, { walqArgs });
      const firstMs = Date.now() - STEPS;
      await sendSteps(before.writeUrl, firstMs);
      const exit = await before.program.stop("SIGTERM");
      assert.equal(exit.code, 0, before.program.describe());
      assert.equal(endpoint.arrived.length, 0);

      endpoint.comeUp();
      const after = await WalqProgram.start(runtime, config);
      const arrived = (): number => endpoint.arrived.length;
      await untilReached("the rest is sent", SERIES * STEPS, arrived);
      const lastExit = await after.program.stop("SIGTERM");
      assert.equal(lastExit.code, 0, after.program.describe());
      await endpoint.close();
      assertInOrder(endpoint, firstMs);
    });
  }
});

async function sendSteps(writeUrl: string, firstMs: number): Promise<void> {
  const sender = new Sender(writeUrl);
  const template = new RequestTemplate(ids(0, SERIES).map((id) => tenLabels(NAME, id)));
  for (let step = 0; step < STEPS; step++) {
    const { status } = await sender.send(template.fill(firstMs + step, (id) => id + step / 2));
    assert.equal(status, 204);
  }
  sender.close();
}

/** Nothing was taken before the end of the outage, so each sample comes exactly once. */
function assertInOrder(endpoint: KeepingEndpoint, firstMs: number): void {
  const nextStep = new Array<number>(SERIES).fill(0);
  for (const { labels, timestampMs, value } of endpoint.arrived) {
    const id = Number(labels["id"]);
    const step = nextStep[id]!++;
    assert.deepEqual(labels, Object.fromEntries(tenLabels(NAME, id)));
    assert.equal(timestampMs, firstMs + step, `series ${id}`);
    assert.equal(value, id + step / 2);
  }
  assert.ok(nextStep.every((steps) => steps === STEPS));
}
