/** Figures of the queue in a stream. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatSummaries, summarize } from "../../bench/comparison.ts";
import { movedOf } from "../../bench/nats_books.ts";
import { spent } from "../../bench/servers_cost.ts";
import { cpuOfWay, PART_FIGURES, partRows, WAY_FIGURES } from "../../bench/stream_figures.ts";
import { streamCost } from "./stream_cost_of.ts";

describe("the figures of a stream", () => {
  it("have a row for each process, and each round of it", () => {
    const rows = partRows([{ name: "apart", costs: [streamCost(), streamCost({ factor: 3 })] }]);
    assert.deepEqual(rows.map(({ name }) => name), [
      "apart: intake",
      "apart: sender",
      "apart: nats-server",
    ]);
    const columns = { figures: PART_FIGURES, ratios: [] };
    const [intake] = summarize(rows, columns);
    assert.deepEqual(intake!.figures["CPU, µs a sample"]!.rounds, [1, 3]);
    assert.equal(intake!.figures["peak RSS, MiB"]!.median, 2);
    assert.ok(formatSummaries(summarize(rows, columns), columns).includes("2.000 (1.000-3.000)"));
  });

  it("add up what all on the way took", () => {
    assert.equal(cpuOfWay(streamCost({ senders: 2 })), 4);
    const all = { figures: WAY_FIGURES, ratios: [] };
    const [one] = summarize([{ name: "apart", costs: [streamCost()] }], all);
    const of = (name: string) => one!.figures[name]!.median;
    assert.equal(of("samples a message"), 100);
    assert.equal(of("to NATS, bytes a sample"), 14);
    assert.equal(of("in the stream"), 15);
    assert.equal(of("records a second"), 2);
  });

  it("have nothing of a stream where there is none", () => {
    const { nats: _nats, ...cost } = streamCost();
    const nothing = { inBytes: 0, outBytes: 0, betweenBytes: 0 };
    const files = {
      ...cost,
      messages: 0,
      nats: nothing,
      held: { samples: 0, bytes: 0, messages: 0 },
    };
    const [one] = summarize([{ name: "files", costs: [files] }], {
      figures: WAY_FIGURES,
      ratios: [],
    });
    assert.equal(one!.figures["samples a message"]!.median, 0);
    assert.equal(one!.figures["in the stream"]!.median, 0);
  });

  it("take what servers give each other out of what they moved", () => {
    const routes = [{ in_bytes: 30, out_bytes: 5 }, { in_bytes: 10, out_bytes: 6 }];
    assert.deepEqual(movedOf({ in_bytes: 100, out_bytes: 50 }, routes), {
      inBytes: 60,
      outBytes: 39,
      betweenBytes: 11,
    });
  });

  it("add servers up, but for what one of them has most of", () => {
    const before = { cpuUs: 1, rssBytes: 2, peakRssBytes: 3, storageBytes: 4 };
    const after = [{ ...before, cpuUs: 2 }, { ...before, cpuUs: 5, peakRssBytes: 7 }];
    assert.deepEqual(spent([before, before], after), {
      cpuUs: 5,
      mostCpuUs: 4,
      peakRssBytes: 7,
      storageBytes: 0,
    });
  });
});
