import type {
  AgeJudge,
  BatchLane,
  BatchReader,
  EndpointEvents,
  Kernel,
  Logger,
  Platform,
  Relabel,
} from "../contracts.ts";
import { Endpoint, type NetworkDependencies } from "../endpoint/endpoint.ts";
import type { FailedBatches } from "../endpoint/failed_batches.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import type { AttemptMeter } from "../network/attempt_meter.ts";
import type { Gate } from "../network/gate.ts";
import { NetworkManager } from "../network/manager.ts";
import type { Outage } from "../network/outage.ts";
import type { ShardContext } from "../network/shard_context.ts";
import type { ResolvedEndpoint } from "../options.ts";
import { seriesRelabeler } from "../relabel/series.ts";
import type { ProtobufMessage } from "../types.ts";
import type { Access } from "./access.ts";
import { AgainReader } from "./again_reader.ts";
import type { MadeLane } from "./lanes.ts";

/** What an endpoint is made of: what it has in common with those before and beside it among that. */
interface EndpointParts {
  readonly platform: Platform;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly options: ResolvedEndpoint;
  readonly protobufMessage: ProtobufMessage;
  readonly ttlMs: number;
  readonly lane: BatchLane;
  readonly shards: number;
  readonly more: MadeLane;
  readonly age: AgeJudge;
  readonly events: EndpointEvents;
  readonly failed: FailedBatches;
  readonly keepRefused: ShardContext["keepRefused"];
  readonly access: Access;
  readonly gate: Gate;
  readonly outage: Outage;
  readonly meter: AttemptMeter;
  readonly onFailure: (error: unknown) => void;
  readonly onFallBack: (reason: string) => void;
}

/** What reads the batches of a lane and sends them. */
export function makeEndpoint(parts: EndpointParts): Endpoint {
  const { platform, options, protobufMessage, ttlMs, shards, more, access } = parts;
  const { age, events, failed, logger, gate, outage, meter, onFailure, onFallBack } = parts;
  const { clock, random, compressZstd } = platform;
  return new Endpoint({
    store: parts.lane,
    reader: makeReader(parts),
    clock,
    age,
    events,
    logger,
    shards,
    ttlMs,
    requestSignals: options.batchCount,
    flushIntervalMs: options.flushIntervalMs,
    failed,
    network: (dependencies: NetworkDependencies) =>
      new NetworkManager(shards, {
        ...dependencies,
        ...more.lane,
        shared: more.shared,
        keepRefused: parts.keepRefused,
        send: { ...options, protobufMessage, ttlMs },
        compressZstd,
        http: access.http,
        clock,
        age,
        random,
        events,
        logger,
        gate,
        outage,
        credential: access.credential,
        meter,
        onFailure,
        onFallBack,
      }),
    onFailure,
  });
}

function makeReader(
  { kernel, platform, options, protobufMessage, shards }: EndpointParts,
): BatchReader {
  const rest = {
    requestSignalsMax: options.batchCountMax,
    uncompressedBytesMax: BATCH_BYTES_MAX,
    message: protobufMessage,
    sends: options.sends,
    decompressZstd: platform.decompressZstd,
  };
  const { externalLabels, metadataCacheSize } = options;
  const relabel = relabelOf(options);
  const first = { ...rest, shards, externalLabels, relabel, metadataCacheSize };
  const asItIs = { ...rest, externalLabels: {}, metadataCacheSize: 0 };
  return new AgainReader(kernel.createReader(first), {
    shards,
    make: (count) => kernel.createReader({ ...asItIs, shards: count }),
  });
}

/** None where there are no rules: then nobody asks for them. */
function relabelOf(
  { writeRelabelConfigs: rules, externalLabels, labelNames }: ResolvedEndpoint,
): Relabel | undefined {
  return rules.length === 0 ? undefined : seriesRelabeler(rules, labelNames, externalLabels);
}
