import { Hono } from "hono";
import { LogLimiter } from "../actor/log_limiter.ts";
import type { Queue } from "../queue.ts";
import { ByteBudget, readingBytesDefault, readingBytesMin } from "./budget.ts";
import { receive, type ReceiverDependencies } from "./receive.ts";
import { PushStats } from "./push/push_stats.ts";
import { routePushes } from "./push/push_routes.ts";
import { ReceiveStats } from "./receive_stats.ts";
import { WebBody } from "./web_body.ts";

/** Where senders of remote write knock. */
export const WRITE_PATHS: readonly string[] = ["/api/v1/write", "/api/v1/push"];

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
 * `/api/v2/write`, with `/ping`, `/health` and `/query` as its clients ask for them.
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
 * @throws {RangeError} for a `readingBytesMax` that is too small.
 */
export function receiver(queue: Queue, options: ReceiverOptions = {}): Hono {
  const dependencies = dependenciesOf(queue, options);
  const answer = handlerOf(dependencies);
  const app = new Hono();
  for (const path of WRITE_PATHS) {
    app.post(path, (c) => answer(c.req.raw));
    app.all(path, (c) => c.text("Method not allowed: use POST\n", 405, { allow: "POST" }));
  }
  routePushes(app, {
    dependencies: { ...dependencies, queue: () => queue, pushes: new PushStats() },
    withBody: async (request, _env, answerWith) => {
      const body = new WebBody(request);
      try {
        return await answerWith(request, { readChunks: body.readChunks, from: undefined });
      } finally {
        body.cancel();
      }
    },
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

function handlerOf(dependencies: ReceiverDependencies): AnswerRequest {
  return async (request) => {
    const body = new WebBody(request);
    try {
      return await receive(request, { readChunks: body.readChunks, from: undefined }, dependencies);
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
