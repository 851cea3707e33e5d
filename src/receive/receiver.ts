import { Hono } from "hono";
import { LogLimiter } from "../actor/log_limiter.ts";
import { DeltaStreams } from "../otlp/delta/delta_streams.ts";
import { KnownSeries } from "../otlp/known_series.ts";
import { type OtlpOptions, resolveOtlp } from "../otlp/settings.ts";
import type { Queue } from "../queue.ts";
import { allowOnly } from "./allow_only.ts";
import { ByteBudget, readingBytesDefault, readingBytesMin } from "./budget.ts";
import type { IncomingBody } from "./incoming.ts";
import type { OtlpDependencies } from "./otlp.ts";
import { OtlpStats } from "./otlp_stats.ts";
import { receive, type ReceiverDependencies } from "./receive.ts";
import { PushStats } from "./push/push_stats.ts";
import { routePushes } from "./push/push_routes.ts";
import { ReceiveStats } from "./receive_stats.ts";
import { WebBody } from "./web_body.ts";

/** Where senders of remote write knock. */
export const WRITE_PATHS: readonly string[] = ["/api/v1/write", "/api/v1/push"];

/** Where senders of OTLP/HTTP knock: Prometheus's path, and the one that is their default. */
export const OTLP_PATHS: readonly string[] = ["/api/v1/otlp/v1/metrics", "/v1/metrics"];

/** How a receiver works. */
export interface ReceiverOptions {
  /**
   * Bytes of request bodies that may be in memory at once: a sender that comes when they are
   * used up gets a 503. At least twice the queue's `requestBytesMax`, as a body is held twice
   * for a moment when its room grows.
   *
   * @default 32 MiB, or twice `requestBytesMax` if that is more
   */
  readonly readingBytesMax?: number;
  /** How metrics of OpenTelemetry become series; `remoteWriteHandler` takes none. */
  readonly otlp?: OtlpOptions;
}

/** Answers a request. */
export type AnswerRequest = (request: Request) => Promise<Response>;

/**
 * Takes remote write, 1.0 and 2.0, from other people's senders into a queue: a Hono app with
 * `POST /api/v1/write` and `POST /api/v1/push`. Its `fetch` is what `Deno.serve`, `Bun.serve`
 * and `@hono/node-server` want, and through the last of them Express and Fastify.
 *
 * Beside it what others push as text (docs/push.md): `POST /api/v1/import/prometheus`, the
 * paths of the Pushgateway (`/metrics/job/...`), and Influx's line protocol at `/write` and
 * `/api/v2/write`, with `/ping`, `/health` and `/query` as its clients ask for them. And metrics
 * of OpenTelemetry (docs/otlp.md): `POST /api/v1/otlp/v1/metrics` and `POST /v1/metrics`.
 *
 * A sender gets 204 when all of its request is durable; 400 with what was refused and why,
 * when the rest is; 503 with `Retry-After` when it is to come again, because the disk or the
 * memory is full. A body has at most `requestBytesMax` bytes, and has to get on.
 *
 * **It asks nobody who they are**: that is for the application that it is put into.
 *
 * @example
 * ```ts
 * import { receiver } from "walq/receiver";
 *
 * const app = receiver(queue);
 * // Deno.serve({ port: 9099 }, app.fetch); Bun.serve({ port: 9099, fetch: app.fetch });
 * const response = await app.fetch(request);
 * ```
 * @throws {RangeError} for a `readingBytesMax` that is too small, and for options of `otlp`
 * that Prometheus refuses.
 */
export function receiver(queue: Queue, options: ReceiverOptions = {}): Hono {
  const dependencies = dependenciesOf(queue, options);
  const app = new Hono();
  const route = (paths: readonly string[], answer: AnswerRequest): void => {
    for (const path of paths) {
      app.post(path, (c) => answer(c.req.raw));
      allowOnly(app, path, "POST");
    }
  };
  route(WRITE_PATHS, handlerOf(dependencies));
  route(OTLP_PATHS, otlpAnswer(queue, options, dependencies));
  routePushes(app, {
    dependencies: { ...dependencies, queue: () => queue, pushes: new PushStats() },
    withBody: (request, _env, answerWith) => withBody(answerWith)(request),
  });
  return app;
}

/**
 * The same without paths, for who has a router already: what answers a request of remote
 * write, whatever its URL.
 *
 * @throws {RangeError} for a `readingBytesMax` that is too small.
 */
export function remoteWriteHandler(queue: Queue, options: ReceiverOptions = {}): AnswerRequest {
  return handlerOf(dependenciesOf(queue, options));
}

/**
 * What answers a request of OTLP/HTTP metrics, in protobuf or JSON, whatever its URL.
 *
 * @example
 * ```ts
 * import { otlpHandler } from "walq/receiver";
 *
 * const answer = otlpHandler(queue, { otlp: { translationStrategy: "NoTranslation" } });
 * const response = await answer(request);
 * ```
 * @throws {RangeError} for a `readingBytesMax` that is too small, and for options of `otlp`
 * that Prometheus refuses.
 */
export function otlpHandler(queue: Queue, options: ReceiverOptions = {}): AnswerRequest {
  return otlpAnswer(queue, options, dependenciesOf(queue, options));
}

function handlerOf(dependencies: ReceiverDependencies): AnswerRequest {
  return withBody((request, incoming) => receive(request, incoming, dependencies));
}

function otlpAnswer(
  queue: Queue,
  { otlp }: ReceiverOptions,
  shared: ReceiverDependencies,
): AnswerRequest {
  const settings = resolveOtlp(otlp);
  const dependencies: OtlpDependencies = {
    ...shared,
    queue: () => queue,
    settings: () => settings,
    warnings: new LogLimiter(shared.clock),
    otlp: new OtlpStats(),
    deltas: new DeltaStreams(shared.clock),
    known: new KnownSeries(),
  };
  return withBody(async (request, incoming) => {
    // Who is never sent OTLP does not load what reads it.
    const { receiveOtlp } = await import("./otlp.ts");
    return await receiveOtlp(request, incoming, dependencies);
  });
}

function withBody(
  answer: (request: Request, incoming: IncomingBody) => Promise<Response>,
): AnswerRequest {
  return async (request) => {
    const body = new WebBody(request);
    try {
      return await answer(request, { readChunks: body.readChunks, from: undefined });
    } finally {
      body.cancel();
    }
  };
}

function dependenciesOf(queue: Queue, options: ReceiverOptions): ReceiverDependencies {
  const { clock, logger } = queue.surroundings;
  const requestBytesMax = (): number => queue.surroundings.requestBytesMax;
  const readingBytesMax = options.readingBytesMax ?? readingBytesDefault(requestBytesMax());
  const least = readingBytesMin(requestBytesMax());
  if (!(readingBytesMax >= least)) {
    throw new RangeError(
      `Cannot receive: got readingBytesMax ${readingBytesMax}, expected at least ${least}, ` +
        "twice requestBytesMax",
    );
  }
  return {
    queue: () => queue,
    requestBytesMax,
    budget: new ByteBudget(readingBytesMax),
    stats: new ReceiveStats(),
    logger,
    clock,
    refusals: new LogLimiter(clock),
  };
}
