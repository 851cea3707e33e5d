/** What so many edges need, and where the next limit is. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { costsOf } from "../../scripts/scale/costs.ts";
import { batchesOf, flowsOf, type Layout, partsOf, recordsOf } from "../../scripts/scale/flows.ts";
import { DEFAULT_INPUTS } from "../../scripts/scale/inputs.ts";
import { LIMITS } from "../../scripts/scale/limits.ts";
import { outageOf } from "../../scripts/scale/outage.ts";
import { planFor, streamCeiling } from "../../scripts/scale/plan.ts";
import { fits, fullest, resourcesOf } from "../../scripts/scale/resources.ts";
import { measuredWays } from "./measured_ways.ts";

const costs = costsOf(measuredWays());
const inputs = { ...DEFAULT_INPUTS, receiverSamplesPerSecond: 1e9 };
const LAYOUTS: readonly Layout[] = ["intake", "direct"];

describe("what flows", () => {
  it("is what edges scrape", () => {
    const { deployment } = planFor(inputs, costs, "intake", 300);
    const flows = flowsOf(inputs, 300, deployment);
    assert.equal(flows.samples, 300 * inputs.edgeSeries / inputs.scrapeSeconds);
    assert.equal(flows.requests, 300 / inputs.scrapeSeconds);
    assert.ok(Math.abs(flows.messages * flows.samplesAMessage - flows.samples) < 1e-6);
  });

  it("has a batch for each request while they are rare, and shares them when they are not", () => {
    assert.ok(Math.abs(batchesOf(inputs, 10, 0.01) - 0.01) < 1e-5);
    const batches = batchesOf(inputs, 100_000, 10_000);
    assert.ok(batches < 1 / inputs.groupCommitSeconds);
    // Above so many signals a batch is full before its time is over.
    assert.equal(batchesOf(inputs, 10e6, 10_000), 10e6 / LIMITS.signalsABatch);
  });

  it("has no more parts than partitions, nor than samples", () => {
    assert.ok(partsOf(8, 1_000) > 7.99 && partsOf(8, 1_000) <= 8);
    assert.ok(partsOf(256, 10) <= 10 && partsOf(256, 10) > 9.5);
    assert.equal(partsOf(1, 5), 1);
  });

  it("has more looks at records by the product of partitions and senders", () => {
    const ofOne = recordsOf(inputs, 64, 1);
    const perSender = recordsOf(inputs, 64, 3) - recordsOf(inputs, 64, 2);
    assert.equal(ofOne, 64 / 5 + 64 * 4 + 2 / 5);
    assert.ok(Math.abs(perSender - (64 / 5 + 2 / 5)) < 1e-9);
  });
});

describe("a plan", () => {
  for (const layout of LAYOUTS) {
    for (const edges of [10, 1_000, 30_000]) {
      it(`for ${edges} edges, ${layout}, has nothing fuller than it may be`, () => {
        const plan = planFor(inputs, costs, layout, edges);
        const { sendersAStream, partitions, servers } = plan.deployment;
        assert.ok(fits(plan.resources, inputs.fill), JSON.stringify(plan.resources));
        assert.ok(sendersAStream <= partitions && partitions <= LIMITS.partitionsMax);
        assert.ok(servers >= inputs.replicas);
      });

      it(`for ${edges} edges, ${layout}, is full where it says, and not before`, () => {
        const { next, deployment, flows } = planFor(inputs, costs, layout, edges);
        const most = (edges: number) =>
          fullest(resourcesOf(inputs, costs, edges, deployment, flows.samples));
        assert.ok(most(next.edges).used <= 1);
        assert.ok(most(next.edges + 1).used > 1);
        assert.equal(most(next.edges + 1).name, next.resource);
      });
    }
  }

  it("says of a receiver that takes less than comes that it is the limit", () => {
    const { next } = planFor({ ...inputs, receiverSamplesPerSecond: 100_000 }, costs, "intake", 10);
    assert.deepEqual(next, { resource: "the receiver", edges: 1_500 });
  });

  it("finds where one stream ends", () => {
    const { edges, resource } = streamCeiling(inputs, costs, "direct");
    assert.notEqual(resource, "");
    assert.equal(planFor({ ...inputs, fill: 1 }, costs, "direct", edges).deployment.streams, 1);
    const { deployment } = planFor({ ...inputs, fill: 1 }, costs, "direct", edges + 1);
    assert.ok(deployment.streams > 1);
  });

  it("never drains where the receiver takes no more than what comes", () => {
    const plan = planFor(inputs, costs, "intake", 1_500);
    const given = { ...inputs, receiverSamplesPerSecond: plan.flows.samples };
    assert.equal(outageOf({ ...plan, inputs: given }, 3_600).drainSeconds, Infinity);
  });
});
