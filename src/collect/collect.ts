import type { Queue } from "../queue.ts";
import type { Labels } from "../types.ts";
import { Collecting, type Collection } from "./collection.ts";
import type { MetricRegistry } from "./shapes.ts";

/** The shortest time between two rounds. */
const EVERY_MS_MIN = 10;
const EVERY_MS_MAX = 24 * 60 * 60_000;

/** How `collect` works. */
export interface CollectOptions {
  /** Time between two rounds, in milliseconds: 10 to a day. @default 15000 */
  readonly everyMs?: number;
  /**
   * Who the application is, such as `{ job: "api", instance: hostname }`: added to each
   * series that has no label of that name. Two processes that send to one place must differ
   * in them, or else what they count is mixed up.
   *
   * @default {}
   */
  readonly labels?: Labels;
}

/**
 * Puts what a registry of metrics has into a queue, at once and then every `everyMs`, until
 * it is stopped: samples, exemplars, native histograms, and what the metrics are. For
 * prom-client 15 and its successor `@prometheus-io/client`, of which nothing is loaded.
 *
 * - Each round is durable, and has one timestamp; timestamps only grow, also when the clock
 *   of the host is set back: then at half the speed until it has caught up. They go back with
 *   a clock that was further ahead than receivers take: ten minutes, or a day as long as no
 *   endpoint has said what time it is.
 * - A round that is due while another is at work is skipped.
 * - A series that is not there any more gets a stale marker, and so do all when it is stopped.
 * - A collector that throws, or takes longer than `everyMs` or ten seconds, ends its own series
 *   alone. The series `up`, with `labels`, is 0 then, and 1 if all could be read.
 * - It does not keep the process alive.
 *
 * @example
 * ```ts
 * import { collect } from "walq/prom-client";
 * import { register } from "prom-client";
 *
 * const metrics = collect(register, queue, { labels: { job: "api", instance: "api-1" } });
 * // At the end, before queue.close(): the last values, and that these series have ended.
 * await metrics.stop();
 * ```
 * @throws {RangeError} for an `everyMs` that is out of its bounds.
 * @throws {TypeError} for labels that are no texts.
 */
export function collect(
  register: MetricRegistry,
  queue: Queue,
  options: CollectOptions = {},
): Collection {
  const { everyMs = 15_000, labels = {} } = options;
  if (!(everyMs >= EVERY_MS_MIN && everyMs <= EVERY_MS_MAX)) {
    throw new RangeError(
      `Cannot collect: got everyMs ${everyMs}, expected ${EVERY_MS_MIN} to ${EVERY_MS_MAX}`,
    );
  }
  for (const [name, value] of Object.entries(labels)) {
    if (name === "" || typeof value !== "string") {
      throw new TypeError(
        `Cannot collect: got a ${typeof value} as label "${name}", expected names and texts`,
      );
    }
  }
  return new Collecting(register, queue, { everyMs, labels: { ...labels } });
}
