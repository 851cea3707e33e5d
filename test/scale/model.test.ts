/** The model that goes second by second, beside the arithmetic on paper. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cohorts } from "../../scripts/scale/cohorts.ts";
import { costsOf } from "../../scripts/scale/costs.ts";
import { DEFAULT_INPUTS } from "../../scripts/scale/inputs.ts";
import { LIMITS } from "../../scripts/scale/limits.ts";
import { type Events, simulate } from "../../scripts/scale/model.ts";
import { drainRateOf, outageOf } from "../../scripts/scale/outage.ts";
import { type Plan, planFor } from "../../scripts/scale/plan.ts";
import { measuredWays } from "./measured_ways.ts";

const HOUR = 3_600;
const costs = costsOf(measuredWays());
const ROOMY = { ...DEFAULT_INPUTS, streamBytesMax: 1e15 };
const EDGES = [10, 1_000, 30_000];

const steady: Events = { burst: 0, scrapeSeconds: 600 };

function near(got: number, wanted: number, share: number, what: string): void {
  assert.ok(Math.abs(got - wanted) <= wanted * share, `${what}: got ${got}, expected ${wanted}`);
}

function planOf(edges: number, inputs = ROOMY): Plan {
  return planFor(inputs, costs, "intake", edges);
}

describe("the model", () => {
  for (const edges of EDGES) {
    it(`moves what the paper says, with ${edges} edges in the steady state`, () => {
      const plan = planOf(edges);
      const { scraped, delivered, pending, edgesPeak, streamsPeak, worstDelaySeconds, seconds } =
        simulate(plan, costs, steady);
      near(scraped, plan.flows.samples * 600, 1e-9, "scraped");
      near(delivered, scraped, 1e-9, "delivered");
      near(delivered / seconds, plan.flows.samples, 1e-2, "samples a second");
      assert.ok(pending < 1);
      // What comes in a second goes in that second: nothing piles up that the paper says fits.
      assert.ok(edgesPeak < 1 && streamsPeak < 1 && worstDelaySeconds === 0);
    });

    it(`piles up and drains as the paper says, with ${edges} edges after an hour`, () => {
      const plan = planOf(edges);
      const paper = outageOf(plan, HOUR);
      const happened = simulate(plan, costs, {
        burst: 0,
        outage: { from: 100, to: 100 + HOUR },
        scrapeSeconds: 5 * HOUR,
      });
      near(happened.streamsPeak, paper.samples, 1e-3, "samples");
      near(happened.streamsPeakBytes, paper.bytes, 1e-3, "bytes");
      near(happened.worstDelaySeconds, HOUR, 1e-3, "delay");
      // Calm begins a few seconds before nothing waits.
      near(happened.drainedAfterSeconds!, paper.drainSeconds, 1e-2, "drained");
      near(happened.delivered, happened.scraped, 1e-9, "delivered");
    });
  }

  it("gives the same figures again", () => {
    const events: Events = { burst: 0.5, senderDies: 60, scrapeSeconds: 600 };
    const plan = planOf(5_000);
    assert.deepEqual(simulate(plan, costs, events), simulate(plan, costs, events));
  });

  it("spreads a burst over the seconds that intakes and streams need", () => {
    const plan = planOf(1_000);
    const { worstDelaySeconds, scraped, delivered } = simulate(plan, costs, {
      burst: 1,
      scrapeSeconds: 300,
    });
    near(delivered, scraped, 1e-9, "delivered");
    const ofOneScrape = plan.edges * plan.inputs.edgeSeries;
    assert.ok(worstDelaySeconds <= Math.ceil(ofOneScrape / drainRateOf(plan)) + 1);
    assert.ok(worstDelaySeconds < plan.inputs.scrapeSeconds);
  });

  it("holds what a dead sender had until its lease is over, and loses nothing", () => {
    const plan = planOf(1_000);
    const { worstDelaySeconds, streamsPeak, scraped, delivered } = simulate(plan, costs, {
      ...steady,
      senderDies: 60,
    });
    assert.ok(worstDelaySeconds >= LIMITS.takeOverSeconds);
    assert.ok(worstDelaySeconds < 2 * (LIMITS.takeOverSeconds + 3 * LIMITS.renewSeconds));
    const { partitions, sendersAStream, streams } = plan.deployment;
    const share = Math.ceil(partitions / sendersAStream) / partitions / streams;
    assert.ok(streamsPeak >= plan.flows.samples * share * LIMITS.takeOverSeconds);
    near(delivered, scraped, 1e-9, "delivered");
  });

  it("keeps in the edges what a full stream does not take", () => {
    const seconds = 600;
    const plan = planOf(1_000);
    const streamBytesMax = outageOf(plan, seconds).streamBytes;
    const small = { ...plan, inputs: { ...plan.inputs, streamBytesMax } };
    const { edgesPeak, streamsPeakBytes, scraped, delivered } = simulate(small, costs, {
      burst: 0,
      outage: { from: 0, to: HOUR },
      scrapeSeconds: HOUR,
    });
    near(streamsPeakBytes, streamBytesMax * plan.deployment.streams, 1e-3, "bytes");
    near(edgesPeak, plan.flows.samples * (HOUR - seconds), 1e-2, "in edges");
    near(delivered, scraped, 1e-9, "delivered");
  });
});

describe("cohorts", () => {
  it("give the oldest first, in the amounts that came", () => {
    const cohorts = new Cohorts();
    cohorts.add(5, 10);
    cohorts.add(3, 4);
    cohorts.add(5, 1);
    assert.deepEqual([cohorts.total, cohorts.oldest], [15, 3]);
    const taken: [number, number][] = [];
    cohorts.take(6, (second, samples) => taken.push([second, samples]));
    assert.deepEqual(taken, [[3, 4], [5, 2]]);
    cohorts.take(100, (second, samples) => taken.push([second, samples]));
    assert.deepEqual(taken.at(-1), [5, 9]);
    assert.deepEqual([cohorts.total, cohorts.oldest], [0, Infinity]);
  });
});
