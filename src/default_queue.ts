import { consoleLogger } from "./logger.ts";
import type { QueueOptions } from "./options.ts";
import { defaultPlatform } from "./platform/default.ts";
import { Queue as PortableQueue, type QueueDependencies } from "./queue.ts";

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
}
