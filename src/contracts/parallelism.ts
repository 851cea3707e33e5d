/**
 * How the number of an endpoint's shards finds its level. The options are those of Grafana
 * Alloy's `prometheus.write.queue`, where a shard is called a connection.
 */
export interface ParallelismRules {
  readonly minShards: number;
  /** Not below `minShards`; where both are the same, the number is fixed. */
  readonly maxShards: number;
  /** More shards when what is sent is older than this. */
  readonly driftScaleUpMs: number;
  /** Fewer when it has not been so old for the whole look-back; not above `driftScaleUpMs`. */
  readonly driftScaleDownMs: number;
  /** Time between two looks. */
  readonly desiredCheckIntervalMs: number;
  /** How long it has to be calm before there are fewer. */
  readonly desiredConnectionsLookbackMs: number;
  /** How long what came of attempts is remembered. */
  readonly networkFlushIntervalMs: number;
  /** When more of those attempts than this failed, the number stays as it is: from 0 to 1. */
  readonly allowedNetworkErrorFraction: number;
}
