/** What taking in costs while endpoints are down, so that nothing of it is sending: of one, two and four. */
import type { AnyRuntime } from "../test/peers/support/walq.ts";
import type { Figure } from "./comparison.ts";
import { walqEntry } from "./contestant.ts";
import { processCost } from "./process_cost.ts";
import { type RelayLoad, warmUp } from "./relay.ts";
import { report, type Reporting } from "./report.ts";
import { byTurns } from "./rounds.ts";
import { runLoad } from "./run_load.ts";
import { SinkProgram } from "./sink_program.ts";

const ENDPOINTS = [1, 2, 4];

/** What one program cost, after its warm-up. */
interface IntakeCost {
  readonly samples: number;
  readonly cpuUs: number;
  readonly storageBytes: number;
}

const FIGURES: readonly Figure<IntakeCost>[] = [
  { name: "CPU, µs a sample", of: cpuOf, digits: 3 },
  {
    name: "to storage, bytes a sample",
    of: ({ samples, storageBytes }) => storageBytes / samples,
    digits: 1,
  },
];

export async function compareIntakes(
  runtimes: readonly AnyRuntime[],
  load: RelayLoad,
  reporting: Reporting,
): Promise<void> {
  const nameOf = (runtime: AnyRuntime, endpoints: number): string =>
    `walq ${runtime}, ${endpoints} down`;
  const cases = runtimes.flatMap((runtime) =>
    ENDPOINTS.map((endpoints) => ({ runtime, endpoints, name: nameOf(runtime, endpoints) }))
  );
  const rows = await byTurns(
    reporting.rounds,
    cases.map(({ runtime, endpoints, name }) => ({
      name,
      measure: () => measure(runtime, endpoints, load),
    })),
  );
  const peers = new Map(cases.map(({ name, runtime }) => [name, nameOf(runtime, 1)]));
  const peerOf = (name: string): string | undefined => {
    const peer = peers.get(name);
    return peer === name ? undefined : peer;
  };
  report<IntakeCost>(reporting, {
    command: "intake",
    setup: { load },
    rows,
    tables: [{ figures: FIGURES, ratios: [{ name: "CPU of one's", of: cpuOf, peerOf }] }],
  });
}

async function measure(
  runtime: AnyRuntime,
  endpoints: number,
  load: RelayLoad,
): Promise<IntakeCost> {
  const sink = await SinkProgram.start();
  await sink.goDown();
  const { program, writeUrl } = await walqEntry({ runtime, endpoints }).start(sink.urls(endpoints));
  await warmUp(writeUrl, load);
  const before = processCost(program.pid);
  const { samples } = await runLoad(writeUrl, load);
  const after = processCost(program.pid);
  // What is pending is not waited for.
  await program.stop("SIGKILL");
  await sink.program.stop();
  return {
    samples,
    cpuUs: after.cpuUs - before.cpuUs,
    storageBytes: after.storageBytes - before.storageBytes,
  };
}

function cpuOf({ cpuUs, samples }: IntakeCost): number {
  return cpuUs / samples;
}
