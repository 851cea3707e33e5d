import type { Clock, Logger } from "../contracts.ts";
import type { ScraperOptions } from "../scrape/scraper.ts";
import { formatDuration } from "../duration.ts";
import { VERSION } from "../version.ts";
import { App } from "./app.ts";
import { AutoReload } from "./auto_reload.ts";
import { type Config, loadConfig, type LoadedConfig, readConfigText } from "./config/config.ts";
import type { Remark } from "./config/problems.ts";
import type { ConfigSource } from "./config/source.ts";
import type { AgentHost, Handler, Listener } from "./host.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { isEverywhere, type ListenAddress, shownAddress } from "./listen_address.ts";
import { createLogger, type LogFormat, type LogLevel, logRemarks, lostLine } from "./log.ts";
import { OwnersKeeper } from "./owners_keeper.ts";
import type { QueueLike } from "./queue_like.ts";
import { openReached } from "./reached_queue.ts";
import { Reloader } from "./reload.ts";
import { scrapeSeed, Scraping } from "./scraping.ts";
import { Signals } from "./signals.ts";
import { within } from "./timeout.ts";
import { mustVerify } from "./web/client_policy.ts";
import { WebConfigFile } from "./web/web_config_file.ts";
import { WebGate } from "./web/web_gate.ts";

/** Requests under way get this long to be answered when the program stops; each needs one flush. */
const ANSWER_MS_MAX = 2_000;
/** What is asked of discoveries when the program stops has to let go in this time. */
const SCRAPING_END_MS_MAX = 2_000;
/** A disk that does not answer must not keep the program: what it has is safe without it. */
const CLOSE_MS_MAX = 10_000;

/** What the command line says beside the configuration. */
export interface RunSettings {
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  readonly shutdownGraceMs: number;
  /** What is to be said of flags of Prometheus's. */
  readonly remarks: readonly Remark[];
  /** What such flags say of scraping. */
  readonly scraping: ScraperOptions;
}

/** `walq run`: serves until a signal says to stop. */
export async function runAgent(
  source: ConfigSource,
  args: RunSettings,
  host: AgentHost,
): Promise<number> {
  const { clock } = host.platform;
  const logger = createLogger(host.err, args.logFormat, clock, args.logLevel);
  logRemarks(args.remarks, logger);
  host.describeLost((lines) => lostLine(args.logFormat, clock, lines));
  const signals = new Signals(host);
  const loading = loadConfig(source);
  const early = await Promise.race([loading.then(() => undefined), signals.stopping]);
  if (early !== undefined) {
    logger.info("stopped before the start", { signal: early });
    return 0;
  }
  const config = await loading;
  logRemarks(config.remarks, logger);
  const late: { reloader?: Reloader } = {};
  const lifecycle: Lifecycle = {
    reload: () => late.reloader?.reload() ?? Promise.resolve("walq is not ready"),
    quit: () => signals.quit(),
  };
  const web = await openWeb(config, host, logger);
  const gate = web && await gateOf(web, logger, clock);
  const app = new App({
    platform: host.platform,
    logger,
    usage: host.usage,
    logLinesLost: host.logLinesLost,
    hostname: host.hostname,
    server: config.server,
    pageHost: config.server.hasPage ? host.platform : undefined,
    lifecycle: config.server.hasLifecycle ? lifecycle : undefined,
    hasAdminApi: config.server.hasAdminApi,
  });
  // Before the queue: whoever asks during a long recovery is told to wait.
  const { addresses, connectionsMax, readMsMax } = config.server;
  const listener = await host.listen({
    addresses,
    connectionsMax,
    readMsMax,
    tls: web?.tls,
    handler: gate?.(app.handler) ?? app.handler,
    logger,
  });
  app.listener = listener;
  app.webReloads = web?.reloads;
  app.remoteNames = config.remoteNames;
  app.config = config;
  app.otlp = config.otlp;
  if (!isGuarded(web)) tellOpen(listener.addresses, logger);
  const parts = { app, listener, host, logger };
  const waiting = new AbortController();
  const { signal: ending } = waiting;
  void signals.stopping.then(() => waiting.abort());
  const open = (): Promise<QueueLike> => host.openQueue(config.queue, logger);
  const opening = openReached(open, { clock, logger, signal: ending });
  try {
    const signal = await Promise.race([opening.then(() => undefined), signals.stopping]);
    if (signal !== undefined) {
      logger.info("stopping during the start", { signal, grace_ms: args.shutdownGraceMs });
      return await endStart(parts, opening, args.shutdownGraceMs);
    }
  } catch (error) {
    await listener.kill();
    throw config.inFileWords(error);
  }
  const queue = await opening;
  if (queue === undefined) return await endUnreached(parts);
  app.open(queue, config.resolved.requestBytesMax);
  const owners = new OwnersKeeper(host.platform.files, logger);
  // A disk that does not answer holds what comes next, and must not hold the end.
  await Promise.race([owners.keep(config), signals.stopping]);
  const seed = scrapeSeed(host.hostname, config.resolved.endpoints);
  const scraping = await Scraping.open({ host, queue, logger, seed, options: args.scraping });
  app.scraping = scraping;
  scraping.apply(config.scrape, config.resolved.endpoints);
  const { store, endpoints } = config.resolved;
  const isSending = store?.sends !== false;
  if (!isSending) {
    logger.info("this process sends nothing: queue.store.sends is false", {
      stream: store.stream,
    });
  }
  logger.info(
    "what is older than the ttl is refused when it comes in, and dropped while it waits: an outage that lasts longer loses data",
    { ttl: formatDuration(config.resolved.ttlMs) },
  );
  logger.info("walq is ready", {
    version: VERSION,
    runtime: host.platform.name,
    listen: listener.addresses.map(shownAddress).join(","),
    data_path: config.resolved.dataPath,
    stream: store?.stream,
    sends: isSending ? undefined : false,
    endpoints: isSending ? endpoints.map(({ name }) => name).join(",") : undefined,
    jobs: config.scrape.jobs.map(({ jobName }) => jobName).join(",") || undefined,
  });
  const reloader = late.reloader = new Reloader({
    source,
    app,
    queue,
    scraping,
    owners,
    logger,
    started: config,
    clock,
  });
  const autoReload = startAutoReload(source, config, reloader, clock);
  for (;;) {
    const signal = await signals.next();
    if (signal !== "SIGHUP") {
      autoReload?.stop();
      logger.info("stopping", { signal, grace_ms: args.shutdownGraceMs });
      return await end({ ...parts, queue, scraping }, args.shutdownGraceMs);
    }
    // A disk that does not answer holds a reload, and must not hold the end.
    await Promise.race([reloader.reload(), signals.stopping]);
  }
}

/** Refused at the start, a wrong one is passed over later. */
async function openWeb(
  { server: { webConfigFile: path }, webConfigOrigin }: Config,
  { platform: { clock, files }, checkTls }: AgentHost,
  logger: Logger,
): Promise<WebConfigFile | undefined> {
  if (path === undefined) return undefined;
  const web = await WebConfigFile.open(path, {
    files,
    checkTls,
    clock,
    logger,
    origin: webConfigOrigin,
  });
  logRemarks(web.current.remarks, logger);
  return web;
}

/** What stands before the application where there is a file that says so; bcrypt is loaded there alone. */
async function gateOf(
  file: WebConfigFile,
  logger: Logger,
  clock: Clock,
): Promise<(handler: Handler) => Handler> {
  const { bcryptCompare: compare } = await import("./web/bcrypt.ts");
  return (handler) => new WebGate({ file, handler, logger, clock, compare }).handler;
}

/** Only of what can be read again. */
function startAutoReload(
  source: ConfigSource,
  { server: { autoReloadMs }, canReadAgain, text }: LoadedConfig,
  reloader: Reloader,
  clock: Clock,
): AutoReload | undefined {
  if (autoReloadMs === undefined || !canReadAgain) return undefined;
  return new AutoReload({
    clock,
    intervalMs: autoReloadMs,
    text,
    read: () => readConfigText(source),
    reload: () => reloader.reload(),
  });
}

/** Whether somebody has to show who they are. */
function isGuarded(web: WebConfigFile | undefined): boolean {
  if (web === undefined) return false;
  const { users, tls } = web.current;
  return users.size > 0 || (tls !== undefined && mustVerify(tls));
}

/** Asks nobody who they are, and may be reached by all. */
function tellOpen(addresses: readonly ListenAddress[], logger: Logger): void {
  const everywhere = addresses.filter((one) => "port" in one && isEverywhere(one.hostname));
  if (everywhere.length === 0) return;
  logger.warn(
    "every address of the host is listened on: whoever reaches it can ask, and write where remote write is taken",
    { listen: everywhere.map(shownAddress).join(",") },
  );
}

/** What there is before the queue is open. */
interface Parts {
  readonly app: App;
  readonly listener: Listener;
  readonly host: AgentHost;
  readonly logger: Logger;
}

/** The same with the queue, and what fills it. */
interface Opened extends Parts {
  readonly queue: QueueLike;
  readonly scraping?: Scraping;
}

/**
 * Nothing was taken in: the queue is closed as soon as it is open, or left alone when the disk
 * does not let it open.
 */
async function endStart(
  parts: Parts,
  opening: Promise<QueueLike | undefined>,
  graceMs: number,
): Promise<number> {
  const { app, listener, host, logger } = parts;
  app.close();
  if (await within(host.platform.clock, graceMs, opening)) {
    const queue = await opening;
    return queue === undefined ? await endUnreached(parts) : await end({ ...parts, queue }, 0);
  }
  await listener.kill();
  logger.error("the queue does not open; stopped without it", { waited_ms: graceMs });
  return 1;
}

/** There was no queue yet, and nothing to lose. */
async function endUnreached({ app, listener, logger }: Parts): Promise<number> {
  app.close();
  await listener.kill();
  logger.info("stopped; no server of the stream has answered");
  return 0;
}

async function end(parts: Opened, graceMs: number): Promise<number> {
  const { logger, queue } = parts;
  const isStopped = await stop(parts, graceMs);
  const { endpoints, stream } = queue.stats();
  if (!isStopped) {
    const what = stream === undefined ? "the disk does" : "the disk or the stream does";
    logger.error(`${what} not answer; stopped without it`, { waited_ms: CLOSE_MS_MAX });
    return 1;
  }
  const pending = endpoints.reduce((sum, one) => sum + one.pendingSignals, 0);
  const place = stream === undefined ? "on disk" : "in the stream";
  logger.info(`stopped; what is pending is ${place}`, { pending_signals: pending });
  return 0;
}

/** Stops taking in, then goes on sending for a while; the rest stays on disk. False when it does not come to an end. */
export async function stop(
  { app, listener, queue, host, scraping }: Omit<Opened, "logger">,
  graceMs: number,
): Promise<boolean> {
  app.close();
  const { clock } = host.platform;
  // Neither waits for the other: scrapes under way end at once, and requests are answered.
  await Promise.all([
    within(clock, SCRAPING_END_MS_MAX, scraping?.stop() ?? Promise.resolve()),
    within(clock, ANSWER_MS_MAX, listener.stop()),
  ]);
  await listener.kill();
  return await within(clock, graceMs + CLOSE_MS_MAX, queue.close({ graceMs }));
}
