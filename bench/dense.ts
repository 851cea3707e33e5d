/**
 * What requests cost that are made to cost as much as they can: processor time beside
 * an ordinary request of the same length, until a writer has taken or refused each.
 */
import process from "node:process";
import type { AddOptions } from "../src/contracts.ts";
import { WalqError } from "../src/errors.ts";
import { loadKernel } from "../src/kernel/kernel.ts";
import { DENSE_FORMS } from "../test/hostile/dense.ts";
import { podLabels } from "./pods.ts";
import { formatTable } from "./table.ts";
import { ids } from "../test/peers/support/workload.ts";
import { RequestTemplate } from "../test/peers/support/write_request.ts";

const BYTES_MAX = 4 * 1024 * 1024;
const NOW_MS = 1_795_000_000_000;
const TIMES = 5;
/** Of ten labels and one sample each: nearly as many bytes. */
const SERIES = 12_000;

export async function compareDense(): Promise<void> {
  const kernel = await loadKernel();
  /** The least of a few: compilers and collectors work at times of their own. */
  const costMs = (body: Uint8Array, message: AddOptions["message"]): number => {
    const costs = ids(0, TIMES).map(() => {
      const writer = kernel.createWriter();
      const before = process.cpuUsage();
      try {
        writer.addRequest(body, {
          message,
          compression: "snappy",
          uncompressedBytesMax: BYTES_MAX,
          cutoffMs: NOW_MS - 7_200_000,
          latestMs: 99_999_999_999_999,
        });
      } catch (error) {
        if (!(error instanceof WalqError)) throw error;
      }
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    return Math.min(...costs);
  };
  const ordinary = new RequestTemplate(ids(0, SERIES).map(podLabels)).fill(NOW_MS, () => 1);
  const ordinaryMs = costMs(ordinary, "prometheus.WriteRequest");
  const rows = DENSE_FORMS.map(({ name, version, make }) => {
    const message = version === "v1" ? "prometheus.WriteRequest" : "io.prometheus.write.v2.Request";
    const cost = costMs(make(BYTES_MAX, NOW_MS), message);
    return [`${version} of ${name}`, cost.toFixed(1), (cost / ordinaryMs).toFixed(1)];
  });
  console.log(formatTable([
    [`requests of at most ${BYTES_MAX} bytes`, "CPU ms", "of an ordinary one"],
    ["1.0 of ordinary series", ordinaryMs.toFixed(1), "1.0"],
    ...rows,
  ]));
}
