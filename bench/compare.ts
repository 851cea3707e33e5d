/** walq beside vmagent, on the same load, one after the other in one run. */
import { isInstalled } from "../test/peers/support/installed.ts";
import { untilReached } from "../test/peers/support/until.ts";
import type { Runtime } from "../test/peers/support/walq.ts";
import { type Entry, vmagentEntry, walqEntry } from "./contestant.ts";
import type { LoadReport } from "./load.ts";
import { processCost } from "./process_cost.ts";
import { type Load, runLoad } from "./run_load.ts";
import type { SinkCounts } from "./sink.ts";
import { SinkProgram } from "./sink_program.ts";
import { formatTable } from "./table.ts";

/** What one program cost, after its warm-up. */
interface Measured {
  readonly name: string;
  readonly load: LoadReport;
  readonly missing: number;
  readonly cpuUs: number;
  readonly fileBytes: number;
  readonly storageBytes: number;
  readonly sink: Omit<SinkCounts, "protocols" | "firstRequestMs">;
  readonly peakRssBytes: number;
  readonly protocols: readonly string[];
}

/** Compilers, caches and pools are warm after this. */
const WARM_UP_SCRAPES = 15;
const MIB = 1024 * 1024;

const PROMISES = `What each has promised when it answers 204:
  walq     every sample is in a file, fsynced, renamed into place, its directory fsynced.
  vmagent  the samples are in its memory; it writes to disk when the endpoint falls behind or
           when it is stopped, and does not fsync: kill -9 or a power cut loses what was there.`;

export async function compare(
  runtimes: readonly Runtime[],
  load: Load,
  all: boolean,
): Promise<boolean> {
  const entries = runtimes.map((runtime) => walqEntry(runtime));
  if (isInstalled("vmagent")) entries.push(vmagentEntry());
  else console.log("vmagent is not installed (apt-get install victoria-metrics): walq alone");
  // vmagent puts 10,000 samples into a request by default, walq 1,000.
  entries.push(...runtimes.map((runtime) => walqEntry(runtime, "max_samples_per_send: 10000")));
  if (all && isInstalled("vmagent")) entries.push(vmagentEntry("maxRowsPerBlock=1000"));

  const { series, rows, scrapes, intervalMs } = load;
  console.log(
    `${series} series of 10 labels, ${rows} samples a request, ${scrapes} scrapes ` +
      `${intervalMs} ms apart: ${
        series * scrapes
      } samples, after ${WARM_UP_SCRAPES} scrapes to warm up`,
  );
  const measured: Measured[] = [];
  for (const entry of entries) {
    measured.push(await measure(entry, load));
    console.log(`measured ${entry.name}`);
  }
  console.log(table(measured));
  console.log(PROMISES);
  return measured.every(({ missing }) => missing === 0);
}

async function measure(entry: Entry, load: Load): Promise<Measured> {
  const sink = await SinkProgram.start();
  const contestant = await entry.start(sink.url);
  const { program, writeUrl } = contestant;
  const warmUp = await runLoad(writeUrl, { ...load, scrapes: WARM_UP_SCRAPES });
  await untilAtSink(sink, warmUp.samples);

  const before = processCost(program.pid);
  const fileBytesBefore = await contestant.fileBytes();
  const sinkBefore = await sink.counts();
  const report = await runLoad(writeUrl, load);
  await untilAtSink(sink, warmUp.samples + report.samples);
  const after = processCost(program.pid);
  const sinkAfter = await sink.counts();
  const fileBytes = await contestant.fileBytes() - fileBytesBefore;
  await program.stop();
  await sink.program.stop();
  return {
    name: entry.name,
    load: report,
    missing: warmUp.samples + report.samples - sinkAfter.samples,
    cpuUs: after.cpuUs - before.cpuUs,
    fileBytes,
    storageBytes: after.storageBytes - before.storageBytes,
    sink: {
      requests: sinkAfter.requests - sinkBefore.requests,
      samples: sinkAfter.samples - sinkBefore.samples,
      wireBytes: sinkAfter.wireBytes - sinkBefore.wireBytes,
      bodyBytes: sinkAfter.bodyBytes - sinkBefore.bodyBytes,
    },
    peakRssBytes: after.peakRssBytes,
    protocols: sinkAfter.protocols,
  };
}

async function untilAtSink(sink: SinkProgram, samples: number): Promise<void> {
  const arrived = async (): Promise<number> => (await sink.counts()).samples;
  await untilReached("the sink has all samples", samples, arrived);
}

function table(measured: readonly Measured[]): string {
  const row = (name: string, cell: (one: Measured) => string): string[] => [
    name,
    ...measured.map(cell),
  ];
  return formatTable([
    row("", ({ name }) => name),
    row("CPU, µs a sample", ({ cpuUs, load }) => (cpuUs / load.samples).toFixed(3)),
    row("CPU, seconds in all", ({ cpuUs }) => (cpuUs / 1e6).toFixed(2)),
    row("wire in, bytes a sample", ({ load }) => (load.bodyBytes / load.samples).toFixed(1)),
    row("wire out, bytes a sample", ({ sink, load }) => (sink.wireBytes / load.samples).toFixed(1)),
    row("queue files, bytes a sample", (one) => (one.fileBytes / one.load.samples).toFixed(1)),
    row(
      "to storage, bytes a sample",
      (one) => (one.storageBytes / one.load.samples).toFixed(1),
    ),
    row("peak RSS, MiB", ({ peakRssBytes }) => (peakRssBytes / MIB).toFixed(0)),
    row("requests in", ({ load }) => String(load.requests)),
    row("requests out", ({ sink }) => String(sink.requests)),
    row("samples out a request", ({ sink }) => (sink.samples / sink.requests).toFixed(0)),
    row("samples in", ({ load }) => String(load.samples)),
    row("samples missing at the sink", ({ missing }) => String(missing)),
    row("answer, ms, median", ({ load }) => load.answerMsMedian.toFixed(1)),
    row("answer, ms, 99%", ({ load }) => load.answerMs99.toFixed(1)),
    row("load took, seconds", ({ load }) => load.seconds.toFixed(1)),
    row("protocol out", ({ protocols }) => protocols.join("; ")),
  ]);
}
