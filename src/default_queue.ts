import { consoleLogger } from "./logger.ts";
import type { QueueOptions } from "./options.ts";
import { defaultPlatform } from "./platform/default.ts";
import { Queue as PortableQueue, type QueueDependencies, type StoppedQueue } from "./queue.ts";

export { defaultPlatform };

/**
 * Prometheus metrics in, safe on disk, out by remote write to every endpoint; on
 * the platform of the runtime it is loaded on.
 *
 * @example
 * ```ts
 * import { Queue } from "walq";
 *
 * const queue = await Queue.open({
 *   dataPath: "./data",
 *   ttl: "24h", // an outage that lasts longer loses data; the default is 2h
 *   endpoints: [{ name: "mimir", url: "https://mimir.example/api/v1/push" }],
 * });
 * const appender = queue.appender();
 * appender.append({ __name__: "temperature_celsius", room: "attic" }, Date.now(), 21.5);
 * await appender.commit({ durable: true });
 * await queue.close({ graceMs: 5000 });
 * ```
 */
export class Queue extends PortableQueue {
  /**
   * Opens the data path and starts sending what it finds there, in order. To
   * replace one part of the platform, give
   * `{ platform: { ...await defaultPlatform(), http } }`.
   *
   * Warnings and errors go to the console, each at once and then every five minutes while it
   * lasts; `{ logger }` is a logger of your own in place of it, and `{ logger: "silent" }` none.
   *
   * @throws {WalqError} `INVALID_OPTIONS`, `LOCKED`, `STORAGE` when the data path
   * cannot be written, or `UNSUPPORTED_RUNTIME` when Alloy left a file there that this
   * runtime cannot decompress; nothing was started then.
   */
  static override async open(
    options: QueueOptions,
    dependencies: Partial<QueueDependencies> = {},
  ): Promise<Queue> {
    const platform = dependencies.platform ?? await defaultPlatform();
    const logger = dependencies.logger ?? consoleLogger(platform.clock);
    return await super.open(options, { platform, logger });
  }

  /**
   * Opens the data path of a queue that does not run, to act on what lies there: the data
   * path is owned until it is closed, and nothing is sent or taken in meanwhile. What the
   * options say of orphans that are to be forgotten is done as at every start.
   *
   * @param options Those that the queue runs with.
   * @throws {WalqError} as `open` does: `LOCKED` where the queue runs.
   */
  static override async openStopped(
    options: QueueOptions,
    dependencies: Partial<QueueDependencies> = {},
  ): Promise<StoppedQueue> {
    const platform = dependencies.platform ?? await defaultPlatform();
    const logger = dependencies.logger ?? consoleLogger(platform.clock);
    return await super.openStopped(options, { platform, logger });
  }
}
