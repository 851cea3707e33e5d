import type { Clock, Logger } from "../contracts.ts";
import { messageOf, WalqError } from "../errors.ts";
import type { App } from "./app.ts";
import { type Config, loadConfig, type LoadedConfig } from "./config/config.ts";
import { problemLine } from "./config/problems.ts";
import { type ConfigSource, nameOfSource } from "./config/source.ts";
import type { ReloadResult } from "./lifecycle.ts";
import { logRemarks } from "./log.ts";
import type { OwnersKeeper } from "./owners_keeper.ts";
import type { QueueLike } from "./queue_like.ts";
import type { Scraping } from "./scraping.ts";

/** What a reload changes, and the configuration that the program was started with. */
interface ReloadDependencies {
  readonly source: ConfigSource;
  readonly app: App;
  readonly queue: QueueLike;
  readonly scraping: Pick<Scraping, "apply">;
  readonly owners: OwnersKeeper;
  readonly logger: Logger;
  readonly started: LoadedConfig;
  readonly clock: Clock;
}

/** Reads the configuration again, whoever asks for it: a signal, a request, or that it has changed. */
export class Reloader {
  readonly #of: ReloadDependencies;
  #running: Promise<ReloadResult> | undefined;
  #next: Promise<ReloadResult> | undefined;

  constructor(of: ReloadDependencies) {
    this.#of = of;
  }

  /** One after the other; who asks while one waits for its turn has the same. Never rejects. */
  reload(): Promise<ReloadResult> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<ReloadResult> {
    const running = reload(this.#of).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}

/** A wrong configuration changes nothing. */
async function reload(
  { source, app, queue, scraping, owners, logger, started, clock }: ReloadDependencies,
): Promise<ReloadResult> {
  const file = nameOfSource(source.path);
  try {
    if (!started.canReadAgain) {
      throw new WalqError("INVALID_OPTIONS", `${file} cannot be read again: a file can`);
    }
    const config = await loadConfig({ ...source, knownQueues: owners.known });
    refuseOtherDataPath(config, started);
    refuseOtherStore(config, started);
    await queue.update(config.queue).catch((error) => {
      throw config.inFileWords(error);
    });
    await owners.keep(config);
    scraping.apply(config.scrape, config.resolved.endpoints);
    app.requestBytesMax = config.resolved.requestBytesMax;
    app.remoteNames = config.remoteNames;
    app.config = config;
    app.otlp = config.otlp;
    // The server keeps its options from the start, whatever was reloaded since.
    if (JSON.stringify(config.server) !== JSON.stringify(started.server)) {
      logger.warn("a change of the server block needs a restart");
    }
    app.reloads.succeeded(clock.nowMs());
    logRemarks(config.remarks, logger);
    logger.info("configuration reloaded", { file });
    return undefined;
  } catch (error) {
    app.reloads.failed();
    logger.error("configuration not reloaded, nothing was changed", { error: messageOf(error) });
    return messageOf(error);
  }
}

/** Checked before the queue does it, which knows no files and lines. */
function refuseOtherDataPath(config: Config, started: Config): void {
  const got = config.resolved.dataPath;
  const expected = started.resolved.dataPath;
  if (got === expected) return;
  const { place, key } = config.dataPathOrigin;
  const message = `${key}: got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}: ` +
    "a change needs a restart";
  throw new WalqError("INVALID_OPTIONS", problemLine(place, message));
}

/** The same of where the queue is. */
function refuseOtherStore(config: Config, started: Config): void {
  const [got, expected] = [config, started].map(({ resolved }) => JSON.stringify(resolved.store));
  if (got === expected) return;
  const { place, key } = config.storeOrigin;
  throw new WalqError(
    "INVALID_OPTIONS",
    problemLine(place, `${key}: it is another one: a change needs a restart`),
  );
}
