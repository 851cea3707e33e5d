import { Hono } from "hono";
import type { Logger, Platform } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { routeActions } from "./api/actions.ts";
import type { ShownConfig } from "./api/used_config.ts";
import { type ApiView, routeApi } from "./api/routes.ts";
import { foreignHost, foreignOrigin, type ServerNames } from "./cross_site.ts";
import type { Handler, Incoming, Listener, ProcessUsage } from "./host.ts";
import { Exposition } from "./metrics/exposition.ts";
import type { ScrapeView } from "./metrics/scrape_metrics.ts";
import { type Lifecycle, routeLifecycle } from "./lifecycle.ts";
import type { OptionsHost } from "../options.ts";
import type { QueueLike } from "./queue_like.ts";
import { DeltaStreams } from "../otlp/delta/delta_streams.ts";
import { KnownSeries } from "../otlp/known_series.ts";
import { type OtlpSettings, resolveOtlp } from "../otlp/settings.ts";
import { allowOnly } from "../receive/allow_only.ts";
import { ByteBudget } from "../receive/budget.ts";
import type { BriefAnswer } from "../receive/brief_answer.ts";
import { receive, receiveBriefly, type ReceiverDependencies } from "../receive/receive.ts";
import { type OtlpDependencies, receiveOtlp } from "../receive/otlp.ts";
import { OtlpStats } from "../receive/otlp_stats.ts";
import { OTLP_PATHS, WRITE_PATHS } from "../receive/receiver.ts";
import { isPushPath, PUSH_PATHS, routePushes } from "../receive/push/push_routes.ts";
import { PushStats } from "../receive/push/push_stats.ts";
import { ReceiveStats } from "../receive/receive_stats.ts";
import { ReloadStats } from "./reload_stats.ts";
import { LazyPage } from "./page/lazy_page.ts";
import { makeStatus, type Phase } from "./status.ts";

/** What the HTTP application works with. */
export interface AppOptions {
  readonly platform: Pick<Platform, "name" | "clock">;
  readonly logger: Logger;
  readonly usage: () => ProcessUsage;
  /** The name of this host. */
  readonly hostname: string;
  /** Lines of the log that were lost. */
  readonly logLinesLost: () => number;
  readonly server: AppServer;
  /** What the page at `/` works with beside the queue; there is no page without it. */
  readonly pageHost?: OptionsHost | undefined;
  /** Without it nobody can reload or end the program by a request. */
  readonly lifecycle?: Lifecycle | undefined;
  /** Whether somebody can act on the queue by a request; nobody can without it. */
  readonly hasAdminApi?: boolean;
}

/** What the application needs of the options of the server. */
interface AppServer extends Pick<ServerNames, "allowedHosts"> {
  readonly readingBytesMax: number;
  /** Before every path; none without it. */
  readonly routePrefix?: string;
  /** What others call it; made of the name of the host without it. */
  readonly externalUrl?: URL | undefined;
  /** Whether remote write is taken in; it is without it. */
  readonly receives?: boolean;
  /** Whether OTLP is; it is without it. */
  readonly receivesOtlp?: boolean;
}

/** As Prometheus says it. */
const NOT_RECEIVING =
  "remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n";

/** Of `http://`: the path begins at the first slash behind it. */
const ORIGIN_LENGTH_MIN = 8;

const NOT_RECEIVING_OTLP =
  "otlp write receiver needs to be enabled with --web.enable-otlp-receiver\n";

/** The program's HTTP side. The queue comes when it is open and goes when it closes. */
export class App {
  /** Read on each request: a reload may change it. */
  requestBytesMax = 0;
  readonly reloads: ReloadStats;
  /** Undefined where there is no web configuration file. */
  webReloads: ReloadStats | undefined;
  /** Undefined until the port is open. */
  listener: Listener | undefined;
  /** Undefined while nothing is scraped. */
  scraping: ScrapeView | undefined;
  readonly exposition: Exposition;
  readonly #options: AppOptions;
  /** What metrics call endpoints by, by the names of their directories, where the two differ. */
  remoteNames: ReadonlyMap<string, string> = new Map();
  /** What is in use; undefined until it is known. */
  config: ShownConfig | undefined;
  /** How metrics of OpenTelemetry become series; read on each request, too. */
  otlp: OtlpSettings = resolveOtlp();
  readonly #budget: ByteBudget;
  readonly #stats = new ReceiveStats();
  readonly #pushes = new PushStats();
  readonly #otlp = new OtlpStats();
  readonly #deltas: DeltaStreams;
  readonly #hono: Hono<{ Bindings: Incoming }>;
  /** Undefined where there is no page. */
  readonly #page: LazyPage | undefined;
  readonly #foreignLog: LogLimiter;
  readonly #failedLog: LogLimiter;
  readonly #startedMs: number;
  readonly #startedMonotonicMs: number;
  /** Undefined where remote write is not received. */
  #writes: ReceiverDependencies | undefined;
  #phase: Phase = "starting";
  #queue: QueueLike | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
    const root = new Hono<{ Bindings: Incoming }>();
    this.#hono = root.basePath(this.#prefix || "/");
    this.#budget = new ByteBudget(options.server.readingBytesMax);
    this.#foreignLog = new LogLimiter(options.platform.clock);
    this.#failedLog = new LogLimiter(options.platform.clock);
    this.#deltas = new DeltaStreams(options.platform.clock);
    this.#startedMs = options.platform.clock.nowMs();
    this.reloads = new ReloadStats(this.#startedMs);
    this.#startedMonotonicMs = options.platform.clock.monotonicMs();
    this.exposition = new Exposition(() => ({
      queue: this.#queue?.stats(),
      remoteNames: this.remoteNames,
      receive: this.#stats,
      pushes: this.#pushes.kinds,
      otlp: this.#otlp,
      deltas: this.#deltas,
      readingBytes: this.#budget.used,
      listener: this.listener?.stats(),
      scrape: this.scraping,
      usage: options.usage(),
      reloads: this.reloads,
      webReloads: this.webReloads,
      logLinesLost: options.logLinesLost(),
      startedMs: this.#startedMs,
      runtime: options.platform.name,
    }));
    const { pageHost } = options;
    this.#page = pageHost && this.#makePage(pageHost);
    this.#page?.route({ app: this.#hono, root, prefix: this.#prefix });
    this.#route();
  }

  /** Answers one request. */
  readonly handler: Handler = (request, incoming) =>
    this.#refuseForeign(request, incoming) ?? this.#takeWrite(request, incoming) ??
      this.#hono.fetch(request, incoming);

  /** The queue is open: requests are taken. */
  open(queue: QueueLike, requestBytesMax: number): void {
    this.#queue = queue;
    this.requestBytesMax = requestBytesMax;
    this.#phase = "ready";
    this.#page?.start();
  }

  /** No more requests are taken; those under way go on. */
  close(): void {
    this.#phase = "closing";
    this.#page?.close();
  }

  get #prefix(): string {
    return this.#options.server.routePrefix ?? "";
  }

  #makePage(host: OptionsHost): LazyPage {
    const { platform, hasAdminApi = false } = this.#options;
    return new LazyPage({
      clock: platform.clock,
      budget: this.#budget,
      host,
      endpoints: () => this.config?.resolved.endpoints ?? [],
      subject: () => ({
        queue: this.#queue,
        phase: this.#phase,
        runtime: platform.name,
        startedMs: this.#startedMs,
        pools: this.scraping?.scraper.pools ?? [],
        titles: this.remoteNames,
        mayAct: hasAdminApi,
      }),
    });
  }

  #route(): void {
    const app = this.#hono;
    if (this.#options.server.receives ?? true) this.#routeReceiver(app);
    else {
      for (const path of [...WRITE_PATHS, ...PUSH_PATHS]) {
        app.all(path.endsWith("/") ? `${path}*` : path, (c) => c.text(NOT_RECEIVING, 404));
      }
    }
    if (this.#options.server.receivesOtlp ?? true) this.#routeOtlp(app);
    else for (const path of OTLP_PATHS) app.all(path, (c) => c.text(NOT_RECEIVING_OTLP, 404));
    routeLifecycle(app, this.#options.lifecycle, this.#options.logger);
    routeApi(app, () => this.#apiView());
    routeActions(app, {
      queue: () => this.#phase === "ready" ? this.#queue : undefined,
      isAllowed: this.#options.hasAdminApi ?? false,
      budget: this.#budget,
      logger: this.#options.logger,
      clock: this.#options.platform.clock,
    });
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
      async (c) => {
        const { text, contentType } = await this.exposition.page();
        return c.body(text, 200, { "content-type": contentType });
      },
    );
    app.get("/api/v1/status", (c) => c.json(this.#status()));
    for (const path of ["/-/healthy", "/-/ready", "/metrics", "/api/v1/status"]) {
      allowOnly(app, path, "GET, HEAD");
    }
    app.notFound((c) => c.text("Not found\n", 404));
    app.onError((error, c) => {
      const hidden = this.#failedLog.admit();
      if (hidden !== undefined) {
        const fields = { error: messageOf(error), more_like_it: hidden || undefined };
        this.#options.logger.error("a request failed", fields);
      }
      return c.text("internal error\n", 500);
    });
  }

  #apiView(): ApiView {
    const { hostname, server: { externalUrl } } = this.#options;
    const address = this.listener?.addresses.find((one) => "port" in one);
    const port = address === undefined ? "" : String(address.port);
    const external = externalUrl ?? new URL(`http://${hostname}${port && `:${port}`}/`);
    const pools = this.scraping?.scraper.pools ?? [];
    return { pools, server: { port, external }, config: this.config };
  }

  #routeOtlp(app: Hono<{ Bindings: Incoming }>): void {
    const receiver = {
      ...this.#receiver(),
      settings: () => this.otlp,
      warnings: new LogLimiter(this.#options.platform.clock),
      otlp: this.#otlp,
      deltas: this.#deltas,
      known: new KnownSeries(),
    } satisfies OtlpDependencies;
    for (const path of OTLP_PATHS) {
      app.post(path, (c) => receiveOtlp(c.req.raw, c.env, receiver));
      allowOnly(app, path, "POST");
    }
  }

  /** What all that is received is received with. */
  #receiver() {
    return {
      queue: () => this.#phase === "ready" ? this.#queue : undefined,
      requestBytesMax: () => this.requestBytesMax,
      budget: this.#budget,
      stats: this.#stats,
      logger: this.#options.logger,
      clock: this.#options.platform.clock,
      refusals: new LogLimiter(this.#options.platform.clock),
    };
  }

  #routeReceiver(app: Hono<{ Bindings: Incoming }>): void {
    const receiver = this.#receiver();
    this.#writes = receiver;
    for (const path of WRITE_PATHS) {
      app.post(path, (c) => receive(c.req.raw, c.env, receiver));
      allowOnly(app, path, "POST");
    }
    routePushes(app, {
      dependencies: { ...receiver, pushes: this.#pushes },
      withBody: (request, env, answer) => answer(request, env as Incoming),
    });
  }

  /** Nearly all requests are those: they go past the router. Undefined for the others. */
  #takeWrite(request: Request, incoming: Incoming): Promise<BriefAnswer> | undefined {
    if (this.#writes === undefined || request.method !== "POST") return undefined;
    const { url } = request;
    const path = url.slice(url.indexOf("/", ORIGIN_LENGTH_MIN));
    const prefix = this.#prefix;
    if (!path.startsWith(prefix) || !WRITE_PATHS.includes(path.slice(prefix.length))) {
      return undefined;
    }
    return receiveBriefly(request, incoming, this.#writes);
  }

  /** Undefined for what comes from somebody who may ask. */
  #refuseForeign(
    { url, method, headers }: Request,
    { from, hostname, localAddress }: Incoming,
  ): Response | undefined {
    const { server: { allowedHosts }, hostname: ownName, logger } = this.#options;
    const server = { hostname, localAddress, ownName, allowedHosts };
    const host = foreignHost(headers, server);
    const origin = method === "GET" || method === "HEAD"
      ? undefined
      : foreignOrigin(headers, server);
    if (host === undefined && origin === undefined) return undefined;
    const hidden = this.#foreignLog.admit();
    if (hidden !== undefined) {
      const message = "a request with a foreign host or origin was refused: server.allowed_hosts";
      logger.warn(message, { host, origin, from, more_like_it: hidden || undefined });
    }
    if (origin !== undefined) return refusal(403, `a page of ${JSON.stringify(origin)} may not`);
    // That says nothing about the data: a sender that is misdirected must not drop it.
    const { pathname } = new URL(url);
    const path = pathname.startsWith(this.#prefix) ? pathname.slice(this.#prefix.length) : "";
    const isWrite = [...WRITE_PATHS, ...OTLP_PATHS].includes(path) || isPushPath(path);
    const status = isWrite ? 503 : 421;
    return refusal(status, `got Host ${JSON.stringify(host)}, expected a name of this host`);
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

function refusal(status: number, why: string): Response {
  const text = `Refused: ${why}; what else is allowed is server.allowed_hosts\n`;
  const headers: HeadersInit = status === 503 ? { "retry-after": "60" } : {};
  return new Response(text, { status, headers });
}
