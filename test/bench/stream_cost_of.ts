import type { PartCost, PartRole, StreamCost } from "../../bench/stream_cost.ts";

const SAMPLES = 1_000;

/** What a way may have cost: an intake, so many senders and the servers. */
export function streamCost(
  { factor = 1, senders = 1 }: { readonly factor?: number; readonly senders?: number } = {},
): StreamCost {
  const part = (role: PartRole): PartCost => ({
    role,
    samples: SAMPLES,
    cpuUs: 1_000 * factor,
    mostCpuUs: 500 * factor,
    peakRssBytes: 1024 * 1024 * factor,
    storageBytes: 10_000,
  });
  return {
    samples: SAMPLES,
    missing: 0,
    seconds: 2,
    parts: [
      part("intake"),
      ...Array.from({ length: senders }, () => part("sender")),
      part("nats-server"),
    ],
    requestsIn: 2,
    inBytes: 28_000,
    requestsOut: 1,
    outBytes: 33_000,
    fileBytes: 0,
    messages: 10,
    records: 4,
    nats: { inBytes: 14_000, outBytes: 15_000, betweenBytes: 0 },
    held: { samples: 100, bytes: 1_500, messages: 1 },
  };
}
