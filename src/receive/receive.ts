import type { LogLimiter } from "../actor/log_limiter.ts";
import type { Clock, Logger } from "../contracts.ts";
import { bodies } from "../byte_pool.ts";
import { messageOf, WalqError, type WalqErrorCode } from "../errors.ts";
import { type ContentHeaders, contentOf } from "../content.ts";
import type { SignalCounts, WriteResult } from "../types.ts";
import type { IncomingBody } from "./incoming.ts";
import { RETRY_AFTER_SECONDS } from "./retry_after.ts";
import { type BriefAnswer, toResponse } from "./brief_answer.ts";
import { BodyCollector } from "./body.ts";
import type { ByteBudget } from "./budget.ts";
import { readBody, UnreadBodyError } from "./read_body.ts";
import type { ReceiveStats } from "./receive_stats.ts";
import { refusalText } from "./refused.ts";

const USER_AGENT_LENGTH_SHOWN = 100;

const STATUS: Readonly<Partial<Record<WalqErrorCode, number>>> = {
  UNSUPPORTED_CONTENT: 415,
  TOO_LARGE: 413,
  INVALID_REQUEST: 400,
  INVALID_LABELS: 400,
  STORAGE: 503,
  OVERLOADED: 503,
  CLOSED: 503,
};

/** Nobody counts metadata, which rides on series. */
type WrittenCounts = Omit<SignalCounts, "metadata">;

const NOTHING_WRITTEN: WrittenCounts = { samples: 0, histograms: 0, exemplars: 0 };

/** What a receiver needs of a queue. */
export interface WritableQueue {
  write(bytes: Uint8Array, content: ContentHeaders): Promise<WriteResult>;
}

/** What a receiver works with. */
export interface ReceiverDependencies {
  /** Undefined while the queue is not open yet, or not any more. */
  readonly queue: () => WritableQueue | undefined;
  readonly requestBytesMax: () => number;
  readonly budget: ByteBudget;
  readonly stats: ReceiveStats;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Lines about requests that were refused: a sender that does it once does it often. */
  readonly refusals: LogLimiter;
}

/** What a sender gets, and what the log gets to hear about it. */
interface Answer {
  readonly response: BriefAnswer;
  readonly refusal?: string;
}

/** Takes a remote write request in; answers 204 only when all of it was kept and is durable. */
export async function receive(
  request: Request,
  incoming: IncomingBody,
  dependencies: ReceiverDependencies,
): Promise<Response> {
  return toResponse(await receiveBriefly(request, incoming, dependencies));
}

/** The same without a `Response`. */
export async function receiveBriefly(
  request: Pick<Request, "headers">,
  incoming: IncomingBody,
  dependencies: ReceiverDependencies,
): Promise<BriefAnswer> {
  dependencies.stats.started();
  const { response, refusal } = await answerOf(request, incoming, dependencies);
  dependencies.stats.answered(response.status);
  if (refusal !== undefined) tellRefusal(refusal, { request, incoming, response, dependencies });
  return response;
}

async function answerOf(
  request: Pick<Request, "headers">,
  incoming: IncomingBody,
  dependencies: ReceiverDependencies,
): Promise<Answer> {
  const content = contentHeaders(request.headers);
  let isV2 = false;
  try {
    isV2 = contentOf(content).message !== "prometheus.WriteRequest";
    return answerTo(await write(request, content, incoming, dependencies), isV2);
  } catch (error) {
    return refuse(error, isV2, dependencies.logger);
  }
}

async function write(
  request: Pick<Request, "headers">,
  content: ContentHeaders,
  { readChunks }: IncomingBody,
  dependencies: ReceiverDependencies,
): Promise<WriteResult> {
  if (dependencies.queue() === undefined) throw closed();
  const declared = declaredLength(request.headers.get("content-length"));
  const bytesMax = dependencies.requestBytesMax();
  // The kernel has taken all of it in when the queue has answered.
  const body = new BodyCollector(dependencies.budget, bytesMax, declared, bodies);
  try {
    await readBody(readChunks, (chunk) => body.take(chunk), dependencies.clock);
    const bytes = body.finish();
    dependencies.stats.read(bytes.length);
    const queue = dependencies.queue();
    if (queue === undefined) throw closed();
    return await queue.write(bytes, content);
  } finally {
    body.release();
  }
}

/** The line names the sender, whose operator looks into this log last. */
export function tellRefusal(error: string, of: {
  request: Pick<Request, "headers">;
  incoming: IncomingBody;
  response: { readonly status: number };
  dependencies: Pick<ReceiverDependencies, "refusals" | "logger">;
}): void {
  const hidden = of.dependencies.refusals.admit();
  if (hidden === undefined) return;
  of.dependencies.logger.warn("a request was refused", {
    status: of.response.status,
    error,
    from: of.incoming.from,
    user_agent: of.request.headers.get("user-agent")?.slice(0, USER_AGENT_LENGTH_SHOWN),
    more_like_it: hidden || undefined,
  });
}

/** What the headers say; that they say it is checked by whoever reads it. */
function contentHeaders(headers: Headers): ContentHeaders {
  const contentType = headers.get("content-type") ?? undefined;
  const contentEncoding = headers.get("content-encoding") ?? undefined;
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
  } as ContentHeaders;
}

function answerTo(result: WriteResult, isV2: boolean): Answer {
  const headers = isV2 ? writtenHeaders(result.kinds) : {};
  const refusal = refusalText(result);
  if (refusal === undefined) return { response: { status: 204, headers, text: undefined } };
  return { response: brief(400, refusal, headers), refusal };
}

/** What was kept (remote write 2.0, "Required Written Response Headers"). */
function writtenHeaders(kinds: WrittenCounts): Record<string, string> {
  return {
    "x-prometheus-remote-write-samples-written": String(kinds.samples),
    "x-prometheus-remote-write-histograms-written": String(kinds.histograms),
    "x-prometheus-remote-write-exemplars-written": String(kinds.exemplars),
  };
}

function refuse(error: unknown, isV2: boolean, logger: Logger): Answer {
  const status = statusOf(error);
  // They are due "upon a successful content negotiation", after success or failure: not with 415.
  const headers = isV2 && status !== 415 ? writtenHeaders(NOTHING_WRITTEN) : {};
  if (status === 500) {
    // The sender comes again, and by then it may be another bug's turn.
    logger.error("a request failed", { error: messageOf(error) });
    return { response: brief(500, "internal error", headers) };
  }
  if (status === 503) headers["retry-after"] = String(RETRY_AFTER_SECONDS);
  const response = brief(status, messageOf(error), headers);
  return isTold(error, status) ? { response, refusal: messageOf(error) } : { response };
}

/** What pushes back has a line of its own, and a client that is gone is nothing special. */
export function isTold(error: unknown, status: number): boolean {
  return status !== 503 || (error instanceof UnreadBodyError && error.isSlow);
}

export function statusOf(error: unknown): number {
  // Nothing is known about the data: a sender must not drop it.
  if (error instanceof UnreadBodyError) return 503;
  return (error instanceof WalqError ? STATUS[error.code] : undefined) ?? 500;
}

export function text(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return toResponse(brief(status, message, headers));
}

function brief(status: number, message: string, headers: Record<string, string>): BriefAnswer {
  const all = { "content-type": "text/plain; charset=utf-8", ...headers };
  return { status, headers: all, text: `${message}\n` };
}

export function closed(): WalqError {
  return new WalqError("CLOSED", "walq is starting or stopping; come again");
}

/** What is no length is left to the HTTP server, which has refused it already. */
export function declaredLength(header: string | null): number | undefined {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
