/** What the load of benchmarks sends, and what their endpoint counts, beside a reader by the .proto. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countSamples } from "../../bench/count_v2.ts";
import { plainRequest } from "../peers/support/read_request.ts";
import { ids, tenLabels } from "../peers/support/workload.ts";
import { RequestTemplate } from "../peers/support/write_request.ts";
import { decodeRequest } from "../support/remote_write.ts";

const SERIES = 300;
const NOW_MS = 1_795_000_000_000;

function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0]!;
}

describe("the load of benchmarks", () => {
  for (const [wire, version] of [["1.0", "v1"], ["2.0", "v2"]] as const) {
    it(`is remote write ${wire}`, () => {
      const sets = ids(0, SERIES).map((id) => tenLabels("bench", id));
      const plain = plainRequest(new RequestTemplate(sets, wire).fill(NOW_MS, (row) => row / 3));
      const { series } = decodeRequest(plain, version, true);
      assert.deepEqual(series.map(({ labels }) => labels), sets);
      for (const [row, { signals }] of series.entries()) {
        const [signal] = signals;
        assert.equal(signals.length, 1);
        assert.ok(signal?.kind === "sample");
        assert.equal(Number(signal.timestampMs), NOW_MS);
        assert.equal(signal.bits, bitsOf(row / 3));
      }
      if (wire === "2.0") assert.equal(countSamples(plain), SERIES);
    });
  }

  it("is not counted where it is cut off", () => {
    const plain = plainRequest(
      new RequestTemplate([tenLabels("bench", 1)], "2.0").fill(NOW_MS, () => 1),
    );
    for (const length of ids(1, plain.length - 1)) {
      try {
        assert.equal(countSamples(plain.subarray(0, length)), 0, `${length} bytes`);
      } catch (error) {
        assert.match(String(error), /cut off/);
      }
    }
  });
});
