import type { StreamSnapshot } from "../../contracts.ts";
import type { QueueSnapshot } from "../../stats/queue_stats.ts";
import { VERSION } from "../../version.ts";
import type { EndpointLine, QueueLine, StateKind } from "./protocol.ts";
import type { PageSubject } from "./subject.ts";
import { targetCounts } from "./targets.ts";
import { durationWords, wholeWords } from "./words.ts";

/** How endpoints are that take something. */
const TAKING: ReadonlySet<StateKind> = new Set<StateKind>(["fine", "behind", "losing"]);
/** There may be hundreds. */
const ORPHANS_SHOWN_MAX = 10;

/** All endpoints together. */
export function queueLine(
  { phase, runtime, startedMs, pools }: Omit<PageSubject, "queue">,
  queue: QueueSnapshot | undefined,
  lines: readonly EndpointLine[],
): QueueLine {
  const counts = targetCounts(pools);
  const refused = queue?.refused;
  return {
    version: VERSION,
    runtime,
    startedMs,
    phase,
    dataPath: queue?.dataPath ?? "",
    pendingSignals: lines.reduce((sum, { pendingSignals }) => sum + pendingSignals, 0),
    refusedTotal: refused === undefined ? 0 : refused.ttl + refused.invalid + refused.unsupported,
    endpoints: lines.length,
    endpointsDown: lines.filter(({ kind }) => !TAKING.has(kind)).length,
    endpointsOff: lines.filter(({ closes }) => !closes).length,
    troubles: queue === undefined ? [] : troublesOf(queue),
    targetsUp: counts.up,
    targetsDown: counts.down,
    targetsUnknown: counts.unknown,
  };
}

/** What concerns all endpoints, or none of those that there are. */
function troublesOf(queue: QueueSnapshot): string[] {
  const troubles: string[] = [];
  const { dataPathLost, storeFailing, stream, clock, orphans, forgottenSignals } = queue;
  if (dataPathLost !== undefined) troubles.push(dataPathLost);
  if (storeFailing) {
    const store = stream === undefined ? "disk" : `stream ${stream.stream}`;
    troubles.push(`The ${store} refuses what comes in: senders are asked to come again.`);
  }
  if (stream !== undefined) troubles.push(...streamTroubles(stream));
  if (clock.state === "ahead" || clock.state === "behind") {
    const ms = durationWords(Math.abs(clock.aheadMs));
    troubles.push(`The clock of this host is ${ms} ${clock.state}, by what endpoints say.`);
  }
  for (const { name, batches, drainsTo } of orphans.slice(0, ORPHANS_SHOWN_MAX)) {
    const files = `${wholeWords(batches)} ${batches === 1 ? "file" : "files"}`;
    troubles.push(
      drainsTo === undefined
        ? `${files} of the endpoint "${name}", which is gone, wait for nobody: drain_orphans or forget_orphans.`
        : `${files} of the endpoint "${name}", which is gone, go to "${drainsTo}".`,
    );
  }
  const hidden = orphans.length - ORPHANS_SHOWN_MAX;
  if (hidden > 0) troubles.push(`So it is with ${hidden} more that are gone.`);
  if (forgottenSignals > 0) {
    troubles.push(
      `${wholeWords(forgottenSignals)} signals of endpoints that are gone were deleted.`,
    );
  }
  return troubles;
}

function streamTroubles(
  { sends, unowned, partitions, keptFor, notFollowed }: StreamSnapshot,
): string[] {
  const troubles: string[] = [];
  if (notFollowed !== undefined) {
    troubles.push(`What is new in the stream is not seen, and not sent: ${notFollowed}`);
  }
  if (sends && unowned > 0) {
    troubles.push(`Nobody sends ${unowned} of ${partitions} partitions of the stream.`);
  }
  for (const name of keptFor) {
    troubles.push(
      `The stream keeps what the endpoint "${name}", which is gone, has not had: forget_orphans.`,
    );
  }
  return troubles;
}
