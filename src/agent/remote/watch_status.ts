import { sleep } from "../../actor/sleep.ts";
import { lagMs } from "../status.ts";
import type { AgentHost } from "../host.ts";
import type { CommandArgs } from "../commands/command_args.ts";
import { CommandOutput } from "../commands/output.ts";
import { FINE } from "../commands/row.ts";
import { counted } from "./stopped_queue.ts";
import { openPlace, type Place } from "./place.ts";
import {
  type QueueStatus,
  type Rates,
  ratesOf,
  readStatus,
  remarksOf,
  STATUS_COLUMNS,
  statusRow,
  storeLines,
} from "./status_rows.ts";

const CLEAR = "\x1b[H\x1b[J";

/** `walq status`: once, or again and again. */
export async function watchStatus(args: CommandArgs, host: AgentHost): Promise<number> {
  const stop = new AbortController();
  host.onSignal((signal) => signal === "SIGHUP" || stop.abort());
  const place = await openPlace(args, host);
  const output = CommandOutput.of(args, host);
  const intervalMs = args.durationMs("--interval")!;
  const isWatching = args.has("--watch");
  const { clock } = host.platform;
  try {
    let before = await look(place, host);
    let beforeMs = clock.monotonicMs();
    // A directory that nobody uses has no rates, and does not change.
    if (!place.isRunning) {
      await show(before, place, { output, rates: new Map() });
    } else {
      do {
        await sleep(clock, intervalMs, stop.signal);
        if (stop.signal.aborted) break;
        const after = await look(place, host);
        const nowMs = clock.monotonicMs();
        const rates = ratesOf(before, after, nowMs - beforeMs);
        [before, beforeMs] = [after, nowMs];
        if (isWatching && host.columnsOf("stdout") !== undefined && !output.isJson) {
          await host.print("stdout", CLEAR);
        }
        await show(after, place, { output, rates });
      } while (isWatching);
    }
    return FINE;
  } finally {
    await place.queue.close();
  }
}

async function look(place: Place, host: AgentHost): Promise<QueueStatus> {
  if (place.isRunning) return readStatus(await place.queue.status());
  const nowMs = host.platform.clock.nowMs();
  const endpoints = (await counted(place.queue, host.platform)).map((endpoint) => ({
    ...endpoint,
    url: "",
    lagSeconds: oldestMs(place, endpoint.name, nowMs) / 1000 || lagMs(endpoint, nowMs) / 1000,
  }));
  return readStatus({ phase: "stopped", endpoints });
}

/** How old the oldest is of what waits, as far as the heads of files say it. */
function oldestMs(place: Place, endpoint: string, nowMs: number): number {
  if (place.isRunning) return 0;
  const times = place.queue.details(endpoint)?.backlog.map(({ fromMs }) => fromMs ?? nowMs) ?? [];
  return Math.max(0, nowMs - Math.min(nowMs, ...times));
}

async function show(
  status: QueueStatus,
  { shown }: Place,
  { output, rates }: {
    readonly output: CommandOutput;
    readonly rates: ReadonlyMap<string, Rates>;
  },
): Promise<void> {
  if (output.isJson) {
    const endpoints = status.endpoints.map((one) => ({ ...one, rates: rates.get(one.name) }));
    await output.json({ of: shown, ...status, endpoints });
  } else {
    const { phase, queue, endpoints } = status;
    const rows = endpoints.map((one) =>
      statusRow(one, { phase, rates: rates.get(one.name), stream: queue?.stream })
    );
    await output.line(`${shown}: ${phase}`);
    await output.lines(storeLines(status));
    if (rows.length > 0) await output.table(STATUS_COLUMNS, rows);
    else await output.line("there are no endpoints");
    await output.lines(remarksOf(status));
  }
  await output.end();
}
