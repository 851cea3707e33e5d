import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { WalqError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { firstSeedHere } from "../support/own_seeds.ts";
import { attack } from "./attack.ts";
import { otlpTargets } from "./otlp_target.ts";
import { pagesTargets } from "./pages_target.ts";
import { pushesTargets } from "./pushes_target.ts";
import { rejectedTargets } from "./rejected_target.ts";
import { targets } from "./targets.ts";

/** `npm run hostile` feeds each a million. */
const INPUTS = Number(process.env["WALQ_HOSTILE_INPUTS"] ?? "1500");
/** Other inputs on each runtime: most readers are the same kernel on all of them. */
const SEED = Number(process.env["WALQ_HOSTILE_SEED"] ?? firstSeedHere(1));

const others = [...pagesTargets(), ...pushesTargets(), ...otlpTargets(), ...rejectedTargets()];

for (const target of [...targets(), ...others]) {
  test(`hostile bytes do no harm: ${target.name}`, () => {
    const { inputs, taken, refused } = attack(target, INPUTS, SEED);
    const all = Object.values(refused).reduce((sum, one) => sum + one, taken);
    assert.equal(all, inputs);
    // Inputs that are all refused, or none, would show nothing.
    assert.ok(taken < inputs, `${taken} of ${inputs} taken`);
  });
}

test("a snappy header that claims 4 GiB costs nothing", async () => {
  const kernel = await loadKernel();
  const claim = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0);
  const writer = kernel.createWriter();
  const before = process.memoryUsage().rss;
  for (let round = 0; round < 200; round++) {
    assert.throws(
      () =>
        writer.addRequest(claim, {
          message: "prometheus.WriteRequest",
          compression: "snappy",
          uncompressedBytesMax: 1 << 28,
          cutoffMs: 0,
          latestMs: Infinity,
        }),
      (error) => error instanceof WalqError && error.code !== "STORAGE",
    );
  }
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
});
