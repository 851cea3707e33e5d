/** What the tests of a shard share. */
import assert from "node:assert/strict";
import type { DropReason, ProtobufMessage } from "../../src/types.ts";
import type { RefusedRequest, RequestPart, SealedRequest } from "../../src/contracts.ts";
import { type EndpointScript, ScriptedHttpClient, VirtualClock } from "../../src/testing/memory.ts";
import { LogLimiter } from "../../src/actor/log_limiter.ts";
import { AttemptMeter } from "../../src/network/attempt_meter.ts";
import { Coding } from "../../src/network/coding.ts";
import { Gate } from "../../src/network/gate.ts";
import { Outage } from "../../src/network/outage.ts";
import { RateLimit } from "../../src/network/rate_limit.ts";
import { RequestSize } from "../../src/network/request_size.ts";
import { Shard } from "../../src/network/shard.ts";
import type { SendOptions, ShardContext } from "../../src/network/shard_context.ts";
import { unreadableLimiter } from "../../src/network/unreadable.ts";
import { samplesOnly } from "../support/counts.ts";
import { FakeEvents } from "../support/fake_events.ts";
import { fixedCredential } from "../support/fixed_credential.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { wallAge } from "../support/wall_age.ts";

export const SECRET: string = "Bearer s3cret";
/** What stands before a body that was under zstd. */
export const ZSTD = 0x28;
export const V2: ProtobufMessage = "io.prometheus.write.v2.Request";

/** A shard that was started, and what came of it. */
export interface StartedShard {
  readonly clock: VirtualClock;
  readonly http: ScriptedHttpClient;
  readonly logger: MemoryLogger;
  readonly events: FakeEvents;
  readonly outcomes: ["delivered" | DropReason, number][];
  readonly failures: unknown[];
  readonly fallBacks: string[];
  /** What was given to be kept. */
  readonly refused: RefusedRequest[];
  /** The requests' numbers, and whether all of each was delivered. */
  readonly settled: [number, boolean][];
  readonly shard: Shard;
}

/** A shard alone, before an endpoint that follows a script. */
export function start(
  script: EndpointScript,
  options: Partial<SendOptions> = {},
  context: Partial<ShardContext> = {},
  index: number = 0,
): StartedShard {
  const clock = context.clock as VirtualClock | undefined ?? new VirtualClock();
  const http = new ScriptedHttpClient(script);
  const logger = new MemoryLogger();
  const events = new FakeEvents();
  const outcomes: ["delivered" | DropReason, number][] = [];
  const failures: unknown[] = [];
  const fallBacks: string[] = [];
  const refused: RefusedRequest[] = [];
  const settled: [number, boolean][] = [];
  const shard = new Shard(index, {
    send: {
      url: "http://endpoint/write",
      protobufMessage: "prometheus.WriteRequest",
      headers: { "X-Scope-OrgID": "me", "Content-Type": "text/plain" },
      writeTimeoutMs: 30_000,
      batchCount: 1000,
      retryBackoffMs: 1000,
      retryBackoffMsMax: 30_000,
      maxRetryAttempts: 0,
      onRefused: "hold",
      splitOnBadRequest: false,
      compression: "snappy",
      rateLimit: 0,
      ttlMs: 3_600_000,
      ...options,
    },
    http,
    clock,
    age: wallAge(clock),
    random: () => 0.5,
    events,
    logger,
    refusals: new LogLimiter(clock),
    unreadable: unreadableLimiter(clock),
    dialect: { knowsV2: false },
    size: new RequestSize(clock),
    rate: new RateLimit(options.rateLimit ?? 0, clock),
    coding: new Coding({
      compression: options.compression ?? "snappy",
      compressZstd: (bytes) => Uint8Array.of(ZSTD, ...bytes),
      plain: ({ body }) => body.bytes,
      logger,
    }),
    gate: new Gate({ clock, random: () => 0, logger }),
    outage: new Outage({ clock, logger }, () => 7),
    credential: fixedCredential(SECRET),
    select: (request, which) => {
      assert.ok("cutoffMs" in which, "a split that nobody asked for");
      return { request: undefined, rest: request.parts };
    },
    settle: (parts: readonly RequestPart[], outcome) => {
      for (const { signals } of parts) outcomes.push([outcome, signals]);
    },
    keepRefused: (request) => {
      refused.push(request);
      return Promise.resolve();
    },
    settled: ({ number }, isDelivered) => settled.push([number, isDelivered]),
    recycle: () => {},
    onFallBack: (reason) => fallBacks.push(reason),
    meter: new AttemptMeter(clock),
    onIdle: () => {},
    onHeld: () => {},
    onFailure: (error) => failures.push(error),
    ...context,
  });
  shard.start();
  return { clock, http, logger, events, outcomes, failures, fallBacks, refused, settled, shard };
}

/** A request of so many samples, all of one time. */
export function request(signals: number, ofMs: number, number = 1): SealedRequest {
  const body = {
    bytes: Uint8Array.of(signals),
    uncompressedBytes: 1,
    signals,
    number,
    kinds: samplesOnly(signals),
    oldestMs: ofMs,
    newestMs: ofMs,
  };
  return { body, parts: [{ batchId: 1, signals }] };
}
