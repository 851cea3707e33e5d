import type { Clock, Logger } from "../../contracts.ts";
import { ReloadStats } from "../reload_stats.ts";
import {
  readTexts,
  readWebConfig,
  type WebConfig,
  type WebDependencies,
  type WebReading,
} from "./load_web_config.ts";
import type { ServerTls, TlsInForce } from "./server_tls.ts";

/** Files are looked at when somebody asks, at most this often. */
const LOOK_MS = 1_000;

/** What a {@link WebConfigFile} works with. */
interface WebFileDependencies extends WebDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The web configuration file, and what it names, as they are now. One that is broken
 * leaves the last good one in force. What opens the door is not done by a file that
 * may be half written: TLS and users come and go with a restart alone.
 */
export class WebConfigFile {
  readonly #path: string;
  readonly #of: WebFileDependencies;
  /** How the latest change of the file was taken. */
  readonly reloads: ReloadStats;
  #config: WebConfig;
  #texts: ReadonlyMap<string, string>;
  #lookedMs: number;
  #looking: Promise<void> | undefined;

  private constructor(
    path: string,
    of: WebFileDependencies,
    config: WebConfig,
    texts: ReadonlyMap<string, string>,
  ) {
    this.#path = path;
    this.#of = of;
    this.#config = config;
    this.#texts = texts;
    this.#lookedMs = of.clock.monotonicMs();
    this.reloads = new ReloadStats(of.clock.nowMs());
  }

  /** @throws {WalqError} `INVALID_OPTIONS`: a line for each thing that is wrong, with the file and its line. */
  static async open(path: string, of: WebFileDependencies): Promise<WebConfigFile> {
    const { config, error, texts } = await readWebConfig(path, of);
    if (config === undefined) throw error;
    return new WebConfigFile(path, of, config, texts);
  }

  get current(): WebConfig {
    return this.#config;
  }

  /** For the listener, if there is TLS. */
  get tls(): TlsInForce | undefined {
    if (this.#config.tls === undefined) return undefined;
    const tls = (): ServerTls => this.#config.tls!;
    return {
      get tls() {
        return tls();
      },
      look: () => this.look(),
    };
  }

  /** Reads again what has changed, if it was not looked at a moment ago. Never rejects. */
  look(): Promise<void> {
    if (this.#looking !== undefined) return this.#looking;
    const nowMs = this.#of.clock.monotonicMs();
    if (nowMs - this.#lookedMs < LOOK_MS) return Promise.resolve();
    this.#lookedMs = nowMs;
    this.#looking = this.#look().finally(() => this.#looking = undefined);
    return this.#looking;
  }

  async #look(): Promise<void> {
    const texts = await readTexts(this.#texts.keys(), this.#of);
    if (isSame(texts, this.#texts)) return;
    const reading = await readWebConfig(this.#path, this.#of);
    // Files that it names no more need not be looked at, and those of a broken one are unknown.
    this.#texts = reading.config === undefined
      ? new Map([...texts, ...reading.texts])
      : reading.texts;
    this.#take(reading);
  }

  #take({ config, error }: WebReading): void {
    const { logger } = this.#of;
    const why = config === undefined ? error!.message : this.#whyRestart(config);
    if (config === undefined || why !== undefined) {
      logger.error("web configuration not reloaded, the last good one stays in force", {
        error: why,
      });
      this.reloads.failed();
      return;
    }
    this.#config = config;
    this.reloads.succeeded(this.#of.clock.nowMs());
    logger.info("web configuration reloaded", { file: this.#path });
    for (const { level, place, key, message } of config.remarks) {
      logger[level](message, { key, place });
    }
  }

  #whyRestart({ tls, users }: WebConfig): string | undefined {
    const before = this.#config;
    if ((tls === undefined) !== (before.tls === undefined)) {
      return `${this.#path}: tls_server_config is ${
        tls === undefined ? "gone" : "new"
      }: that needs a restart`;
    }
    if (users.size === 0 && before.users.size > 0) {
      return `${this.#path}: basic_auth_users are gone: that needs a restart`;
    }
    return undefined;
  }
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([path, text]) => other.get(path) === text);
}
