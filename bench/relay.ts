/** What it costs to take remote write in and to send it on. */
import { untilReached } from "../test/peers/support/until.ts";
import type { Entry } from "./contestant.ts";
import type { LoadReport } from "./load.ts";
import { processCost } from "./process_cost.ts";
import { type Load, runLoad } from "./run_load.ts";
import type { SinkCounts } from "./sink.ts";
import { SinkProgram } from "./sink_program.ts";

/** What one program cost, after its warm-up. */
export interface RelayCost {
  readonly load: LoadReport;
  /** Samples that each endpoint should have and has not, of all endpoints. */
  readonly missing: number;
  readonly cpuUs: number;
  readonly fileBytes: number;
  readonly storageBytes: number;
  readonly sink: Omit<SinkCounts, "firstRequestMs" | "firstTakenMs" | "lastTakenMs">;
  readonly peakRssBytes: number;
}

/**
 * A load, and the scrapes before it, which come faster: compilers, caches and pools are warm
 * after these. They go by what has come, and where a request comes each 50 ms it takes them minutes.
 */
export interface RelayLoad extends Load {
  readonly warmUpScrapes: number;
}

const WARM_UP_SPEED = 4;

/** Sends the scrapes before those that are measured. */
export function warmUp(url: string, load: RelayLoad): Promise<LoadReport> {
  const { warmUpScrapes: scrapes, intervalMs } = load;
  return runLoad(url, { ...load, scrapes, intervalMs: intervalMs / WARM_UP_SPEED });
}

export async function measureRelay(entry: Entry, load: RelayLoad): Promise<RelayCost> {
  const sink = await SinkProgram.start();
  const urls = sink.urls(entry.endpoints);
  const contestant = await entry.start(urls);
  const { program, writeUrl } = contestant;
  const warm = await warmUp(writeUrl, load);
  await untilAtSink(sink, warm.samples * urls.length);

  const before = processCost(program.pid);
  const fileBytesBefore = await contestant.fileBytes();
  const sinkBefore = await sink.counts();
  // Series that come in anew are others than those of the warm-up.
  const firstId = load.series * load.warmUpScrapes;
  const report = await runLoad(writeUrl, load.isChurn ? { ...load, firstId } : load);
  const expected = (warm.samples + report.samples) * urls.length;
  await untilAtSink(sink, expected);
  const after = processCost(program.pid);
  const sinkAfter = await sink.counts();
  const fileBytes = await contestant.fileBytes() - fileBytesBefore;
  await program.stop();
  await sink.program.stop();
  return {
    load: report,
    missing: expected - sinkAfter.samples,
    cpuUs: after.cpuUs - before.cpuUs,
    fileBytes,
    storageBytes: after.storageBytes - before.storageBytes,
    sink: {
      requests: sinkAfter.requests - sinkBefore.requests,
      samples: sinkAfter.samples - sinkBefore.samples,
      wireBytes: sinkAfter.wireBytes - sinkBefore.wireBytes,
      bodyBytes: sinkAfter.bodyBytes - sinkBefore.bodyBytes,
      protocols: sinkAfter.protocols,
    },
    peakRssBytes: after.peakRssBytes,
  };
}

/** Of all endpoints together. */
async function untilAtSink(sink: SinkProgram, samples: number): Promise<void> {
  const arrived = async (): Promise<number> => (await sink.counts()).samples;
  await untilReached("the sink has all samples", samples, arrived);
}
