import { messageOf, PageError, WalqError } from "../../errors.ts";
import { BodyCollector } from "../body.ts";
import type { IncomingBody } from "../incoming.ts";
import { readBody, UnreadBodyError } from "../read_body.ts";
import {
  closed,
  declaredLength,
  type ReceiverDependencies,
  statusOf,
  tellRefusal,
} from "../receive.ts";
import { refusalText } from "../refused.ts";
import { RETRY_AFTER_SECONDS } from "../retry_after.ts";
import type { MadeRequest, PushProtocol, PushQueue, TextEncoding } from "./protocol.ts";
import type { PushStats } from "./push_stats.ts";

/** What takes pushes works with; bodies count with those of remote write. */
export interface PushDependencies
  extends
    Pick<ReceiverDependencies, "requestBytesMax" | "budget" | "logger" | "clock" | "refusals"> {
  /** Undefined while the queue is not open yet, or not any more. */
  readonly queue: () => PushQueue | undefined;
  readonly pushes: PushStats;
}

interface Answer {
  readonly response: Response;
  readonly refusal?: string | undefined;
}

/** Takes a push in: its success says that all of it was kept and is durable. */
export async function receivePush(
  request: Request,
  incoming: IncomingBody,
  protocol: PushProtocol,
  dependencies: PushDependencies,
): Promise<Response> {
  dependencies.pushes.started(protocol.kind);
  const { response, refusal } = await answerOf(request, incoming, protocol, dependencies);
  dependencies.pushes.answered(protocol.kind, response.status);
  if (refusal !== undefined) tellRefusal(refusal, { request, incoming, response, dependencies });
  return response;
}

async function answerOf(
  request: Request,
  incoming: IncomingBody,
  protocol: PushProtocol,
  dependencies: PushDependencies,
): Promise<Answer> {
  try {
    const problem = await take(request, incoming, protocol, dependencies);
    if (problem === undefined) return { response: protocol.succeed() };
    return { response: protocol.fail(400, problem, {}), refusal: problem };
  } catch (error) {
    return refuse(error, protocol, dependencies);
  }
}

/** Returns what is wrong with a part of what was pushed. */
async function take(
  request: Request,
  incoming: IncomingBody,
  protocol: PushProtocol,
  dependencies: PushDependencies,
): Promise<string | undefined> {
  if (dependencies.queue() === undefined) throw closed();
  const read = protocol.open(request, dependencies.clock.nowMs());
  const encoding = encodingOf(request.headers);
  const counts = dependencies.pushes.of(protocol.kind);
  const body = bodyOf(request, dependencies);
  try {
    await readBody(incoming.readChunks, (chunk) => body.take(chunk), dependencies.clock);
    const bytes = body.finish();
    counts.bytes += bytes.length;
    const queue = dependencies.queue();
    if (queue === undefined) throw closed();
    const made = read(queue.unpackBody(bytes, encoding), queue);
    const { accepted, refusal } = await write(made, queue);
    counts.signals += accepted;
    dependencies.pushes.leftOut(protocol.kind, made.leftOut);
    const problems = [made.problem, refusal].filter((one) => one !== undefined);
    return problems.length === 0 ? undefined : problems.join("; ");
  } finally {
    body.release();
  }
}

/** Room for the body of a request. */
export function bodyOf(
  request: Request,
  { budget, requestBytesMax }: PushDependencies,
): BodyCollector {
  const declared = declaredLength(request.headers.get("content-length"));
  return new BodyCollector(budget, requestBytesMax(), declared);
}

async function write(
  { bytes, end }: MadeRequest,
  queue: PushQueue,
): Promise<{ accepted: number; refusal: string | undefined }> {
  let isTaken = false;
  try {
    const result = await queue.writeAppended(bytes);
    isTaken = true;
    return { accepted: result.accepted, refusal: refusalText(result) };
  } finally {
    end?.(isTaken);
  }
}

/** Unlike remote write, text comes as it is where the header says nothing. */
function encodingOf(headers: Headers): TextEncoding {
  const given = (headers.get("content-encoding") ?? "").trim().toLowerCase();
  if (given === "" || given === "identity") return "identity";
  if (given === "gzip" || given === "zstd") return given;
  if (given === "snappy") return "snappy frames";
  const wanted = 'expected "gzip", "snappy", "zstd" or "identity"';
  throw new WalqError("UNSUPPORTED_CONTENT", `Got Content-Encoding "${given}", ${wanted}`);
}

function refuse(error: unknown, protocol: PushProtocol, { logger }: PushDependencies): Answer {
  const status = error instanceof PageError ? 400 : statusOf(error);
  if (status === 500) {
    logger.error("a push failed", { kind: protocol.kind, error: messageOf(error) });
    return { response: protocol.fail(500, "internal error", {}) };
  }
  const headers: Record<string, string> = status === 503
    ? { "retry-after": String(RETRY_AFTER_SECONDS) }
    : {};
  const response = protocol.fail(status, messageOf(error), headers);
  // What pushes back has a line of its own, and a client that is gone is nothing special.
  const isTold = status !== 503 || (error instanceof UnreadBodyError && error.isSlow);
  return isTold ? { response, refusal: messageOf(error) } : { response };
}
