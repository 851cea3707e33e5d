import { assert } from "../../assert.ts";
import { formatDuration } from "../../duration.ts";
import type { ParallelismRules } from "../../contracts.ts";
import { defaulted, optional } from "../block.ts";
import type { CheckedEndpointOptions } from "../checked.ts";
import type { Broken } from "../checks.ts";
import { duration, fraction, integer } from "../kinds.ts";
import type { Bounded, Kind, Option } from "../table.ts";
import type { Duration } from "../values.ts";

const SHARDS = integer(1, 256);

/** As many as Alloy has: with one alone, nobody can show that a request is refused and not the endpoint shut. */
const MIN_SHARDS_DEFAULT = 2;
const MAX_SHARDS_DEFAULT = 50;
assert(MIN_SHARDS_DEFAULT <= MAX_SHARDS_DEFAULT, "the defaults are upside down");

type Count = Option<Kind<number, number> & Bounded, "optional">;
type Time = Option<Kind<Duration, number, "Ms"> & Bounded, "defaulted">;

/** How many requests are under way at once: rows of an endpoint's table. */
export const PARALLELISM: {
  readonly minShards: Count;
  readonly maxShards: Count;
  readonly parallelism: Count;
  readonly driftScaleUp: Time;
  readonly driftScaleDown: Time;
  readonly desiredCheckInterval: Time;
  readonly desiredConnectionsLookback: Time;
  readonly networkFlushInterval: Time;
  readonly allowedNetworkErrorFraction: Option<Kind<number, number>, "defaulted">;
} = {
  minShards: optional(SHARDS, {
    doc: "Requests under way at once, at least, and at the start: a series always goes by one " +
      "shard, and its order is kept when the number changes. More in YAML is taken as 256.",
    file: [
      { key: "queue_config.min_shards", clamps: true },
      { key: "queue_config.min_connections", clamps: true },
    ],
    defaultDoc: "2, or `maxShards` where that is less",
    prometheusDefault: "1",
  }),
  maxShards: optional(SHARDS, {
    doc: "The same at most. Between the two the number finds its level by how far what is sent " +
      "is behind: see docs/parallelism.md.",
    file: [
      { key: "queue_config.max_shards", clamps: true },
      { key: "queue_config.max_connections", clamps: true },
    ],
    defaultDoc: "50, or `minShards` where that is more",
  }),
  parallelism: optional(SHARDS, {
    doc: "A fixed number, in place of `minShards` and `maxShards`.",
    file: "queue_config.parallelism",
  }),
  driftScaleUp: defaulted(duration("10ms", "1d"), "60s", {
    doc: "There are more shards when what is sent is older than this, and the shards are busy.",
    file: "queue_config.drift_scale_up",
  }),
  driftScaleDown: defaulted(duration("10ms", "1d"), "30s", {
    doc:
      "There are fewer when it was never older than this for `desiredConnectionsLookback`, and " +
      "fewer would do; not above `driftScaleUp`.",
    file: "queue_config.drift_scale_down",
  }),
  desiredCheckInterval: defaulted(duration("10ms", "1h"), "5s", {
    doc: "Time between two looks at that.",
    file: "queue_config.desired_check_interval",
  }),
  desiredConnectionsLookback: defaulted(duration("10ms", "1d"), "5m", {
    doc: "How long it has to be calm before there are fewer.",
    file: "queue_config.desired_connections_lookback",
  }),
  networkFlushInterval: defaulted(duration("10ms", "1d"), "1m", {
    doc: "How long failures and successes of attempts are remembered.",
    file: "queue_config.network_flush_interval",
  }),
  allowedNetworkErrorFraction: defaulted(fraction(), 0.5, {
    doc: "The number does not change while more of the remembered attempts failed than this; and " +
      "it does not grow while one of them was answered with 429.",
    file: "queue_config.allowed_network_error_fraction",
  }),
};

type Given = Pick<CheckedEndpointOptions, keyof ParallelismRules | "parallelism">;

/** What is wrong between them. */
export function* parallelismContradictions(given: Given): Generator<Broken> {
  const { parallelism, minShards, maxShards, driftScaleUpMs, driftScaleDownMs } = given;
  for (const [name, bound] of Object.entries({ minShards, maxShards })) {
    if (parallelism === undefined || bound === undefined) continue;
    yield [name, "given together with parallelism, which is both bounds"];
  }
  if (minShards !== undefined && maxShards !== undefined && minShards > maxShards) {
    yield ["maxShards", `got ${maxShards}, expected at least minShards (${minShards})`];
  }
  if (driftScaleDownMs > driftScaleUpMs) {
    const [down, up] = [formatDuration(driftScaleDownMs), formatDuration(driftScaleUpMs)];
    yield ["driftScaleDown", `got ${down}, expected at most driftScaleUp (${up})`];
  }
}

/** A bound that is not given follows the one that is. */
export function resolveShards(
  { parallelism, minShards = parallelism, maxShards = parallelism }: Given,
): Pick<ParallelismRules, "minShards" | "maxShards"> {
  const least = minShards ?? Math.min(MIN_SHARDS_DEFAULT, maxShards ?? MIN_SHARDS_DEFAULT);
  return { minShards: least, maxShards: maxShards ?? Math.max(MAX_SHARDS_DEFAULT, least) };
}
