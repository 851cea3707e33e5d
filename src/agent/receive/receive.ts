import type { Logger } from "../../contracts.ts";
import { messageOf, WalqError, type WalqErrorCode } from "../../errors.ts";
import { type ContentHeaders, messageOfContent } from "../../content.ts";
import type { SignalCounts, WriteResult } from "../../types.ts";
import type { ReadChunks } from "../host.ts";
import type { QueueLike } from "../queue_like.ts";
import { BodyCollector } from "./body.ts";
import type { ByteBudget } from "./budget.ts";
import type { ReceiveStats } from "./receive_stats.ts";
import { refusalText } from "./refused.ts";

/** Long enough for a flush or a full disk to pass, short enough to lose no time. */
const RETRY_AFTER_SECONDS = 5;

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

/** What a receiver works with. */
export interface ReceiverTools {
  /** Undefined while the queue is not open yet, or not any more. */
  readonly queue: () => QueueLike | undefined;
  readonly requestBytesMax: () => number;
  readonly budget: ByteBudget;
  readonly stats: ReceiveStats;
  readonly logger: Logger;
}

/** Takes a remote write request in; answers 204 only when all of it was kept and is durable. */
export async function receive(
  request: Request,
  readChunks: ReadChunks | undefined,
  tools: ReceiverTools,
): Promise<Response> {
  tools.stats.started();
  const answer = await answerOf(request, readChunks, tools);
  // What was not read is not wanted: the connection or its next request must not wait for it.
  if (readChunks === undefined && request.body !== null && !request.bodyUsed) {
    await request.body.cancel().catch(() => {});
  }
  tools.stats.answered(answer.status);
  return answer;
}

async function answerOf(
  request: Request,
  readChunks: ReadChunks | undefined,
  tools: ReceiverTools,
): Promise<Response> {
  const content = contentOf(request.headers);
  let isV2 = false;
  try {
    isV2 = messageOfContent(content) !== "prometheus.WriteRequest";
    return answerTo(await write(request, content, readChunks, tools), isV2);
  } catch (error) {
    return refuse(error, isV2, tools.logger);
  }
}

async function write(
  request: Request,
  content: ContentHeaders,
  readChunks: ReadChunks | undefined,
  tools: ReceiverTools,
): Promise<WriteResult> {
  if (tools.queue() === undefined) throw closed();
  const declared = declaredLength(request.headers.get("content-length"));
  const body = new BodyCollector(tools.budget, tools.requestBytesMax(), declared);
  try {
    await (readChunks ?? chunksOf(request))((chunk) => body.take(chunk));
    const bytes = body.finish();
    tools.stats.read(bytes.length);
    const queue = tools.queue();
    if (queue === undefined) throw closed();
    return await queue.write(bytes, content);
  } finally {
    body.release();
  }
}

/** What the headers say; that they say it is checked by whoever reads it. */
function contentOf(headers: Headers): ContentHeaders {
  const contentType = headers.get("content-type") ?? undefined;
  const contentEncoding = headers.get("content-encoding") ?? undefined;
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
  } as ContentHeaders;
}

function answerTo(result: WriteResult, isV2: boolean): Response {
  const headers = isV2 ? writtenHeaders(result.kinds) : {};
  const refusal = refusalText(result);
  if (refusal === undefined) return new Response(null, { status: 204, headers });
  return text(400, refusal, headers);
}

/** What was kept (remote write 2.0, "Required Written Response Headers"). */
function writtenHeaders(kinds: WrittenCounts): Record<string, string> {
  return {
    "x-prometheus-remote-write-samples-written": String(kinds.samples),
    "x-prometheus-remote-write-histograms-written": String(kinds.histograms),
    "x-prometheus-remote-write-exemplars-written": String(kinds.exemplars),
  };
}

function refuse(error: unknown, isV2: boolean, logger: Logger): Response {
  const status = (error instanceof WalqError ? STATUS[error.code] : undefined) ?? 500;
  // They are due "upon a successful content negotiation", after success or failure: not with 415.
  const headers = isV2 && status !== 415 ? writtenHeaders(NOTHING_WRITTEN) : {};
  if (status === 500) {
    // The sender comes again, and by then it may be another bug's turn.
    logger.error("a request failed", { error: messageOf(error) });
    return text(500, "internal error", headers);
  }
  if (status === 503) headers["retry-after"] = String(RETRY_AFTER_SECONDS);
  return text(status, messageOf(error), headers);
}

function text(status: number, message: string, headers: Record<string, string> = {}): Response {
  const all = { "content-type": "text/plain; charset=utf-8", ...headers };
  return new Response(`${message}\n`, { status, headers: all });
}

function closed(): WalqError {
  return new WalqError("CLOSED", "walq is starting or stopping; come again");
}

/** What is no length is left to the HTTP server, which has refused it already. */
function declaredLength(header: string | null): number | undefined {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

function chunksOf(request: Request): ReadChunks {
  return async (take) => {
    if (request.body === null) return;
    const reader = request.body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read().catch(() => {
          throw new WalqError("INVALID_REQUEST", "The request's body broke off");
        });
        if (done) return;
        take(value);
      }
    } catch (error) {
      await reader.cancel().catch(() => {});
      throw error;
    }
  };
}
