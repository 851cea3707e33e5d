import type { RejectedRequest } from "../../contracts.ts";
import type { QueueLike } from "../queue_like.ts";
import type { FilesEvent, RejectedLine } from "./protocol.ts";

/** Files and requests that are shown of an endpoint: there may be very many. */
const SHOWN_MAX = 50;
const REASON_LENGTH_MAX = 300;

/** What was set aside of an endpoint, as the disk has it now. */
export async function filesEvent(
  queue: QueueLike,
  endpoint: string,
  mayAct: boolean,
): Promise<FilesEvent> {
  const [quarantined = [], rejected] = await Promise.all([
    queue.quarantined?.(endpoint, SHOWN_MAX),
    queue.rejected({ endpoint }),
  ]);
  return {
    quarantined: quarantined.map(({ id, bytes, reason }) => ({
      file: `${id}.committed`,
      bytes,
      reason: reason.slice(0, REASON_LENGTH_MAX),
    })),
    rejected: rejected.slice(-SHOWN_MAX).reverse().map(rejectedLine),
    rejectedTotal: rejected.length,
    mayRetry: mayAct,
  };
}

function rejectedLine(request: RejectedRequest): RejectedLine {
  const { id, rejectedAtMs, status, reason, signals, bytes, oldestMs, newestMs } = request;
  const words = reason.slice(0, REASON_LENGTH_MAX);
  return {
    id,
    rejectedAtMs,
    status: status === undefined ? "no answer" : String(status),
    reason: words,
    signals,
    bytes,
    oldestMs,
    newestMs,
  };
}
