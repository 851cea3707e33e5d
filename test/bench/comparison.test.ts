/** Figures of benchmarks that are told from several rounds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatSummaries, summarize } from "../../bench/comparison.ts";
import { byTurns } from "../../bench/rounds.ts";
import { spreadOf } from "../../bench/statistics.ts";

const identity = (cost: number): number => cost;
const columns = {
  figures: [{ name: "CPU", of: identity, digits: 1 }],
  ratios: [{
    name: "of the peer's",
    of: identity,
    peerOf: (name: string) => name === "peer" ? undefined : "peer",
  }],
};
/** The machine was half as fast in the second round, and a third in the last one. */
const rows = [{ name: "own", costs: [1, 3, 6] }, { name: "peer", costs: [2, 4, 6] }];

describe("a comparison", () => {
  it("tells the median, the least and the most", () => {
    assert.deepEqual(spreadOf([10, 9, 100]), { median: 10, least: 9, most: 100 });
    assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, least: 1, most: 4 });
  });

  it("takes the median of the ratios within a round, not the ratio of medians of all rounds", () => {
    const [own, peer] = summarize([{ name: "own", costs: [1, 8, 3] }, rows[1]!], columns);
    const ratio = own!.figures["of the peer's"]!;
    assert.deepEqual(ratio.rounds, [0.5, 2, 0.5]);
    assert.equal(ratio.median, 0.5);
    assert.equal(own!.figures["CPU"]!.median / peer!.figures["CPU"]!.median, 0.75);
    assert.equal(peer!.figures["of the peer's"], undefined);
  });

  it("shows what is behind a median, and a dash where there is no peer", () => {
    assert.deepEqual(formatSummaries(summarize(rows, columns), columns).split("\n"), [
      "                CPU     of the peer's",
      "own   3.0 (1.0-6.0)  0.75 (0.50-1.00)",
      "peer  4.0 (2.0-6.0)                 -",
    ]);
  });

  it("has no ratio to what cost less than can be counted", () => {
    const [own] = summarize([rows[0]!, { name: "peer", costs: [2, 0, 6] }], columns);
    assert.equal(own!.figures["of the peer's"], undefined);
  });

  it("lets another one begin each round", async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      name,
      measure: () => Promise.resolve(order.push(name)),
    });
    const measured = await byTurns(3, ["a", "b"].map(contender));
    assert.deepEqual(order, ["a", "b", "b", "a", "a", "b"]);
    assert.deepEqual(measured, [
      { name: "a", costs: [1, 4, 5] },
      { name: "b", costs: [2, 3, 6] },
    ]);
  });
});
