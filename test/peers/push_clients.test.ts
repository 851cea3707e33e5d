/**
 * Clients of the Pushgateway in Python and Go: what Prometheus scrapes off Debian's
 * Pushgateway is what walq sends of the same pushes.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { buildWhenAsked } from "./support/built_by_go.ts";
import { GatewayBesideWalq } from "./support/gateway.ts";
import { missing } from "./support/installed.ts";
import { Program } from "./support/program.ts";
import { pipInstalled } from "./support/registries.ts";

const skip = missing("prometheus-pushgateway", "prometheus", "victoria-metrics");

describe("the Pushgateway's clients", { skip }, () => {
  let both: GatewayBesideWalq;
  before(async () => both = await GatewayBesideWalq.start('{job=~"python|go"}'));
  after(() => both.stop());

  async function push(command: readonly string[], count: number): Promise<void> {
    const targets = both.origins.map((url) => ({ url, compression: "none" }));
    const program = new Program([...command, JSON.stringify({ targets })]);
    const { code } = await program.exited;
    assert.equal(code, 0, program.describe());
    await both.assertSame(count);
  }

  it("Python: push, pushadd, gzip, and delete", async (context) => {
    const { path, skip } = pipInstalled("otel_python");
    if (skip) return context.skip(skip);
    // Three groups of 16 series.
    await push([path, "test/peers/otel_python/push.py"], 3 * 16);
  });

  it("Go: protobuf and text", async (context) => {
    const { path, skip } = buildWhenAsked("go_clients");
    if (skip) return context.skip(skip);
    await push([path, "push"], 3 * 16 + 3 * 12);
  });
});
