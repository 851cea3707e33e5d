/** Prices of single things, of sums of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { costsOf, priceOf } from "../../scripts/scale/costs.ts";
import { fit, worstOf } from "../../scripts/scale/fit.ts";
import { measuredWays, PRICES } from "./measured_ways.ts";

describe("a fit", () => {
  it("finds what each thing costs", () => {
    const prices = [2, 300, 40];
    const measurements = [[1, 0.01, 0.1], [1, 0.1, 0.1], [1, 0.01, 0.5], [1, 0.02, 0.7]]
      .map((has) => ({ has, cost: has.reduce((sum, one, at) => sum + one * prices[at]!, 0) }));
    const found = fit(3, measurements);
    for (const [at, price] of prices.entries()) assert.ok(Math.abs(found[at]! - price) < 1e-6);
    assert.ok(worstOf(found, measurements) < 1e-9);
  });

  it("gives nothing a price below zero, and says how far it is off", () => {
    const measurements = [{ has: [1, 1], cost: 10 }, { has: [1, 2], cost: 8 }];
    const found = fit(2, measurements);
    assert.ok(found.every((price) => price >= 0), String(found));
    assert.ok(worstOf(found, measurements) > 0.05);
  });

  it("does without what no measurement tells apart", () => {
    const found = fit(2, [{ has: [1, 2], cost: 6 }, { has: [2, 4], cost: 12 }]);
    assert.ok(Math.abs(found[0]! + 2 * found[1]! - 6) < 1e-6, String(found));
  });
});

describe("costs", () => {
  const costs = costsOf(measuredWays());

  it("are those that were put into the sums", () => {
    const { intake, sender, server, stream } = PRICES;
    near(costs.intakeUs.samples, intake.sample);
    near(costs.intakeUs.messages, intake.message);
    near(costs.intakeUs.requests, intake.request);
    near(costs.senderUs.otherHeads, sender.head);
    near(costs.senderUs.records, sender.record);
    near(costs.serversUs(1).messages, server.message);
    near(costs.serversUs(3).messages, 4 * server.message);
    near(costs.leaderUs(3).messages, 2 * server.message);
    near(costs.bytes.stream.messages, stream.message);
    assert.ok(Math.max(...Object.values(costs.worst)) < 1e-6);
  });

  it("are on the line through one copy and three for other numbers of them", () => {
    near(costs.serversUs(2).samples, 2.5 * PRICES.server.sample);
  });

  it("add up", () => {
    const flow = { samples: 2, messages: 3, requests: 0, otherHeads: 0, records: 0 };
    assert.equal(priceOf({ samples: 10, messages: 1 }, flow), 23);
  });
});

function near(got: number | undefined, wanted: number): void {
  assert.ok(Math.abs(got! / wanted - 1) < 1e-6, `got ${got}, expected ${wanted}`);
}
