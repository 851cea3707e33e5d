import type { LogLimiter } from "../actor/log_limiter.ts";
import { messageOf, WalqError } from "../errors.ts";
import {
  encodingOf,
  formOf,
  OTLP_TYPES,
  type OtlpEncoding,
  type OtlpForm,
  type PartialSuccess,
  readOtlp,
  responseBody,
  RPC_CODES,
  statusBody,
} from "../otlp/content.ts";
import type { DeltaStreams } from "../otlp/delta/delta_streams.ts";
import type { KnownSeries } from "../otlp/known_series.ts";
import type { OtlpSettings } from "../otlp/settings.ts";
import type { OtlpSink } from "../otlp/sink.ts";
import { translate, type Translated } from "../otlp/translate.ts";
import type { WriteResult } from "../types.ts";
import type { IncomingBody } from "./incoming.ts";
import type { OtlpStats } from "./otlp_stats.ts";
import { closed, isTold, type ReceiverDependencies, statusOf, tellRefusal } from "./receive.ts";
import { refusalText } from "./refused.ts";
import { RETRY_AFTER_SECONDS } from "./retry_after.ts";
import { readWhole } from "./whole.ts";

/** What OTLP asks of a queue. */
export interface OtlpQueue {
  appender(): OtlpSink;
  /** A body without its compression. */
  unpackBody(bytes: Uint8Array, encoding: OtlpEncoding): Uint8Array;
}

/** What the receiver works with; it shares most with that of remote write. */
export interface OtlpDependencies extends Omit<ReceiverDependencies, "queue"> {
  readonly queue: () => OtlpQueue | undefined;
  /** Read on each request: a reload may change them. */
  readonly settings: () => OtlpSettings;
  /** Lines about what was taken, and is not as it looks. */
  readonly warnings: LogLimiter;
  readonly otlp: OtlpStats;
  /** What delta temporality has come to. */
  readonly deltas: DeltaStreams;
  /** What points became in requests before. */
  readonly known: KnownSeries;
}

/** What came of a request that was read. */
interface Taken extends Translated {
  /** Undefined where there was nothing to be committed. */
  readonly result: WriteResult | undefined;
}

/** What is made of one request before it is handed over; `uncompressedBytesMax` counts too. */
const SERIES_BYTES_MAX = 32 * 1024 * 1024;

const CODES: Readonly<Record<number, number>> = {
  400: RPC_CODES.invalidArgument,
  413: RPC_CODES.resourceExhausted,
  415: RPC_CODES.unimplemented,
  500: RPC_CODES.internal,
  503: RPC_CODES.unavailable,
};

/**
 * Takes a request of OTLP/HTTP metrics in; answers 200 when what it does not say was
 * refused is durable (OTLP 1.10, "OTLP/HTTP Response").
 */
export async function receiveOtlp(
  request: Request,
  incoming: IncomingBody,
  dependencies: OtlpDependencies,
): Promise<Response> {
  const { stats, logger } = dependencies;
  stats.started();
  const form = formOf(request.headers.get("content-type"));
  let response: Response;
  let refusal: string | undefined;
  try {
    if (form === undefined) throw wrongType(request.headers.get("content-type"));
    const taken = await take(request, form, incoming, dependencies);
    refusal = refusedText(taken);
    if (refusal === undefined) tellWarnings(taken, dependencies);
    response = answer(200, form, responseBody(form, partialOf(taken, refusal)));
  } catch (error) {
    const status = statusOf(error);
    if (status === 500) logger.error("a request failed", { error: messageOf(error) });
    const message = status === 500 ? "internal error" : messageOf(error);
    // Whose form is not known can read JSON, or a person can.
    const answered = form ?? "json";
    response = answer(status, answered, statusBody(answered, CODES[status]!, message));
    if (status !== 500 && isTold(error, status)) refusal = message;
  }
  stats.answered(response.status);
  if (refusal !== undefined) tellRefusal(refusal, { request, incoming, response, dependencies });
  return response;
}

async function take(
  request: Request,
  form: OtlpForm,
  incoming: IncomingBody,
  dependencies: OtlpDependencies,
): Promise<Taken> {
  const encoding = encodingOf(request.headers.get("content-encoding"));
  if (dependencies.queue() === undefined) throw closed();
  return await readWhole(request, incoming, dependencies, async (body) => {
    const queue = dependencies.queue();
    if (queue === undefined) throw closed();
    const resources = readOtlp(queue.unpackBody(body, encoding), form);
    const settings = dependencies.settings();
    const round = dependencies.deltas.begin(settings.deltaBounds);
    const known = dependencies.known.for(queue, settings);
    let isDurable = false;
    try {
      const appender = queue.appender();
      const how = { settings, bytesMax: SERIES_BYTES_MAX, round, known };
      const translated = translate(resources, appender, how);
      const { points, refused } = translated;
      const isNothing = refused === points;
      const result = isNothing ? undefined : await appender.commit({ durable: true });
      isDurable = true;
      dependencies.otlp.took(points, refused);
      return { ...translated, result };
    } finally {
      // Sums move with what is durable alone: what was refused comes again.
      round.settle(isDurable);
    }
  });
}

function partialOf(taken: Taken, refusal: string | undefined): PartialSuccess | undefined {
  if (refusal === undefined) {
    if (taken.warnings.length === 0) return undefined;
    return { rejectedDataPoints: 0, errorMessage: taken.warnings.join("; ") };
  }
  const { points, refused, result } = taken;
  // The queue counts signals, of which a data point may have many.
  const signals = result === undefined ? 0 : result.expired + result.invalid + result.unsupported;
  return { rejectedDataPoints: Math.min(points, refused + signals), errorMessage: refusal };
}

/** Undefined where all was taken. */
function refusedText({ points, refused, firstRefused, result }: Taken): string | undefined {
  const ofQueue = result && refusalText(result);
  if (refused === 0) return ofQueue;
  const text = `${refused} of ${points} data points cannot be taken: ${firstRefused}`;
  return ofQueue === undefined ? text : `${text}; ${ofQueue}`;
}

function tellWarnings({ warnings }: Taken, { logger, ...of }: OtlpDependencies): void {
  if (warnings.length === 0) return;
  const hidden = of.warnings.admit();
  if (hidden === undefined) return;
  const text = warnings.join("; ");
  logger.warn("OTLP was taken with warnings", { text, more_like_it: hidden || undefined });
}

function answer(
  status: number,
  form: OtlpForm,
  body: Uint8Array<ArrayBuffer> | string,
): Response {
  const headers: Record<string, string> = { "content-type": OTLP_TYPES[form] };
  if (status === 503) headers["retry-after"] = String(RETRY_AFTER_SECONDS);
  return new Response(body, { status, headers });
}

function wrongType(got: string | null): WalqError {
  const message = `Got Content-Type ${JSON.stringify((got ?? "").slice(0, 100))}, ` +
    `expected "${OTLP_TYPES.protobuf}" or "${OTLP_TYPES.json}"`;
  return new WalqError("UNSUPPORTED_CONTENT", message);
}
