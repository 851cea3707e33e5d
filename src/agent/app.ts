import { Hono } from "hono";
import type { Logger, Platform } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { Handler, ProcessUsage, ReadChunks } from "./host.ts";
import { Exposition } from "./metrics/exposition.ts";
import type { QueueLike } from "./queue_like.ts";
import { ByteBudget } from "./receive/budget.ts";
import { receive } from "./receive/receive.ts";
import { ReceiveStats } from "./receive/receive_stats.ts";
import { ReloadStats } from "./reload_stats.ts";
import { makeStatus, type Phase } from "./status.ts";

/** What the HTTP application works with. */
export interface AppOptions {
  readonly platform: Pick<Platform, "name" | "clock">;
  readonly logger: Logger;
  readonly usage: () => ProcessUsage;
  /** Lines of the log that were lost. */
  readonly logLinesLost: () => number;
  readonly readingBytesMax: number;
}

/** The program's HTTP side. The queue comes when it is open and goes when it closes. */
export class App {
  /** Read on each request: a reload may change it. */
  requestBytesMax = 0;
  readonly reloads: ReloadStats;
  readonly exposition: Exposition;
  readonly #options: AppOptions;
  readonly #budget: ByteBudget;
  readonly #stats = new ReceiveStats();
  readonly #hono = new Hono<{ Bindings: { readChunks?: ReadChunks } }>();
  readonly #startedMs: number;
  readonly #startedMonotonicMs: number;
  #phase: Phase = "starting";
  #queue: QueueLike | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
    this.#budget = new ByteBudget(options.readingBytesMax);
    this.#startedMs = options.platform.clock.nowMs();
    this.reloads = new ReloadStats(this.#startedMs);
    this.#startedMonotonicMs = options.platform.clock.monotonicMs();
    this.exposition = new Exposition(() => ({
      queue: this.#queue?.stats(),
      receive: this.#stats,
      readingBytes: this.#budget.used,
      usage: options.usage(),
      reloads: this.reloads,
      logLinesLost: options.logLinesLost(),
      startedMs: this.#startedMs,
      runtime: options.platform.name,
    }));
    this.#route();
  }

  /** Answers one request. */
  readonly handler: Handler = (request, readChunks) =>
    this.#hono.fetch(request, readChunks ? { readChunks } : {});

  /** The queue is open: requests are taken. */
  open(queue: QueueLike, requestBytesMax: number): void {
    this.#queue = queue;
    this.requestBytesMax = requestBytesMax;
    this.#phase = "ready";
  }

  /** No more requests are taken; those under way go on. */
  close(): void {
    this.#phase = "closing";
  }

  #route(): void {
    const app = this.#hono;
    const receiver = {
      queue: () => this.#phase === "ready" ? this.#queue : undefined,
      requestBytesMax: () => this.requestBytesMax,
      budget: this.#budget,
      stats: this.#stats,
      logger: this.#options.logger,
    };
    for (const path of ["/api/v1/write", "/api/v1/push"]) {
      app.post(path, (c) => receive(c.req.raw, c.env.readChunks, receiver));
      app.all(path, (c) => c.text("Method not allowed: use POST\n", 405, { allow: "POST" }));
    }
    app.get("/-/healthy", (c) => c.text("walq is healthy.\n"));
    app.get(
      "/-/ready",
      (c) =>
        this.#phase === "ready"
          ? c.text("walq is ready.\n")
          : c.text(`walq is ${this.#phase}.\n`, 503, { "retry-after": "1" }),
    );
    app.get(
      "/metrics",
      async (c) =>
        c.body(await this.exposition.text(), 200, { "content-type": this.exposition.contentType }),
    );
    app.get("/api/v1/status", (c) => c.json(this.#status()));
    for (const path of ["/-/healthy", "/-/ready", "/metrics", "/api/v1/status"]) {
      app.all(path, (c) => c.text("Method not allowed: use GET\n", 405, { allow: "GET, HEAD" }));
    }
    app.notFound((c) => c.text("Not found\n", 404));
    app.onError((error, c) => {
      this.#options.logger.error("a request failed", { error: messageOf(error) });
      return c.text("internal error\n", 500);
    });
  }

  #status(): ReturnType<typeof makeStatus> {
    const { platform } = this.#options;
    return makeStatus({
      runtime: platform.name,
      phase: this.#phase,
      uptimeMs: platform.clock.monotonicMs() - this.#startedMonotonicMs,
      nowMs: platform.clock.nowMs(),
      queue: this.#queue?.stats(),
    });
  }
}
