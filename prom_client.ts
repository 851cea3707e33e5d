/**
 * Puts the metrics of an application into a queue: for prom-client and its successor
 * `@prometheus-io/client`, of which nothing is loaded.
 *
 * @module
 */
export { collect } from "./src/collect/collect.ts";
export type { CollectOptions } from "./src/collect/collect.ts";
export type { Collection } from "./src/collect/collection.ts";
export type { MetricRegistry } from "./src/collect/shapes.ts";
