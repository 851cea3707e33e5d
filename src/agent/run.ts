import type { Clock, Logger } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import { VERSION } from "../version.ts";
import { App } from "./app.ts";
import type { Args } from "./args.ts";
import { type Config, type ConfigSource, loadConfig } from "./config/config.ts";
import type { AgentHost, Listener, Signal } from "./host.ts";
import { createLogger } from "./log.ts";
import type { QueueLike } from "./queue_like.ts";

/** Requests under way get this long to be answered when the program stops; each needs one flush. */
const ANSWER_MS_MAX = 2_000;
/** A disk that does not answer must not keep the program: what it has is safe without it. */
const CLOSE_MS_MAX = 10_000;

/** `walq run`: serves until a signal says to stop. */
export async function runAgent(
  source: ConfigSource,
  args: Pick<Args, "logFormat" | "shutdownGraceMs">,
  host: AgentHost,
): Promise<number> {
  const logger = createLogger(host.err, args.logFormat, host.platform.clock);
  const config = await loadConfig(source);
  const signals = new Signals(host);
  const app = new App({
    platform: host.platform,
    logger,
    usage: host.usage,
    readingBytesMax: config.server.readingBytesMax,
  });
  // Before the queue: whoever asks during a long recovery is told to wait.
  const listener = await host.listen({ ...config.server, handler: app.handler });
  let queue: QueueLike;
  try {
    queue = await host.openQueue(config.queue, logger);
  } catch (error) {
    await listener.kill();
    throw error;
  }
  app.open(queue, config.resolved.requestBytesMax);
  logger.info("walq is ready", {
    version: VERSION,
    runtime: host.platform.name,
    listen: `${config.server.hostname}:${listener.port}`,
    data_path: config.resolved.dataPath,
    endpoints: config.resolved.endpoints.map(({ name }) => name).join(","),
  });
  let current = config;
  for (;;) {
    const signal = await signals.next();
    if (signal !== "SIGHUP") {
      logger.info("stopping", { signal, grace_ms: args.shutdownGraceMs });
      break;
    }
    current = await reload(source, current, { app, queue, logger });
  }
  if (!await stop({ app, listener, queue, host }, args.shutdownGraceMs)) {
    logger.error("the disk does not answer; stopped without it", { waited_ms: CLOSE_MS_MAX });
    return 1;
  }
  const pending = queue.stats().endpoints.reduce((sum, one) => sum + one.pendingSignals, 0);
  logger.info("stopped; what is pending is on disk", { pending_signals: pending });
  return 0;
}

/** Reads the configuration again. Wrong ones change nothing. */
async function reload(
  source: ConfigSource,
  before: Config,
  { app, queue, logger }: { app: App; queue: QueueLike; logger: Logger },
): Promise<Config> {
  try {
    const config = await loadConfig(source);
    await queue.update(config.queue);
    app.requestBytesMax = config.resolved.requestBytesMax;
    if (JSON.stringify(config.server) !== JSON.stringify(before.server)) {
      logger.warn("a change of the server block needs a restart");
    }
    logger.info("configuration reloaded", { file: source.path });
    return config;
  } catch (error) {
    logger.error("configuration not reloaded, nothing was changed", { error: messageOf(error) });
    return before;
  }
}

/** Stops taking in, then goes on sending for a while; the rest stays on disk. False when it does not come to an end. */
export async function stop(
  { app, listener, queue, host }: {
    app: App;
    listener: Listener;
    queue: QueueLike;
    host: AgentHost;
  },
  graceMs: number,
): Promise<boolean> {
  app.close();
  const { clock } = host.platform;
  await within(clock, ANSWER_MS_MAX, listener.stop());
  await listener.kill();
  return await within(clock, graceMs + CLOSE_MS_MAX, queue.close({ graceMs }));
}

/** Whether it is done in time. */
async function within(clock: Clock, ms: number, done: Promise<void>): Promise<boolean> {
  let cancel = (): void => {};
  const over = new Promise<boolean>((resolve) => {
    cancel = clock.after(ms, () => resolve(false));
  });
  try {
    return await Promise.race([done.then(() => true), over]);
  } finally {
    cancel();
  }
}

/** Signals in the order they came. A second one to stop ends the process at once. */
export class Signals {
  readonly #waiting: Signal[] = [];
  #wake: (() => void) | undefined;

  constructor(host: AgentHost) {
    let stopping = false;
    host.onSignal((signal) => {
      if (signal !== "SIGHUP") {
        if (stopping) return host.exit(1);
        stopping = true;
      }
      this.#waiting.push(signal);
      this.#wake?.();
    });
  }

  async next(): Promise<Signal> {
    for (;;) {
      const signal = this.#waiting.shift();
      if (signal !== undefined) return signal;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
