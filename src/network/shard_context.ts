import type {
  AgeJudge,
  Clock,
  EndpointEvents,
  HttpClient,
  KeepRefused,
  Logger,
  OnRefused,
  Random,
  RequestBody,
  SelectSignals,
  SettleParts,
} from "../contracts.ts";
import type { Coding } from "./coding.ts";
import type { RateLimit } from "./rate_limit.ts";
import type { LogLimiter } from "../actor/log_limiter.ts";
import type { Credential } from "../auth/credential.ts";
import type { AttemptResult, Dialect } from "./attempt.ts";
import type { RequestCompression } from "../types.ts";
import type { AttemptMeter } from "./attempt_meter.ts";
import type { Gate } from "./gate.ts";
import type { RequestIdentity } from "./headers.ts";
import type { Outage } from "./outage.ts";
import type { Pace } from "./pace.ts";
import type { RequestSize } from "./request_size.ts";
import type { Turn } from "./turns.ts";

/** How requests are sent: the same for all shards of an endpoint. */
export interface SendOptions extends RequestIdentity {
  readonly url: string;
  readonly writeTimeoutMs: number;
  /** Signals of a request that has not grown while its shard was busy, at most. */
  readonly batchCount: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMsMax: number;
  readonly onRefused: OnRefused;
  /** 0 is without limit. */
  readonly maxRetryAttempts: number;
  /** A request that is answered with 400 is sent again in halves, to find what is refused. */
  readonly splitOnBadRequest: boolean;
  readonly compression: RequestCompression;
  /** Bytes a second; 0 is without limit. */
  readonly rateLimit: number;
  readonly ttlMs: number;
}

/** One attempt, for who judges the endpoint by its answers. */
export interface SeenAttempt
  extends Pick<AttemptResult, "verdict" | "reason" | "startedMs" | "durationMs" | "isLate"> {
  readonly bytes: number;
  /** The oldest and the newest timestamp in the request. */
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** What a shard is made of. */
export interface ShardContext {
  readonly send: SendOptions;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly age: AgeJudge;
  readonly random: Random;
  readonly events: EndpointEvents;
  readonly logger: Logger;
  /** Where the requests of two lanes go to one endpoint: whose turn it is. */
  readonly turn?: Turn | undefined;
  /** The number of the first shard before what all lanes share. @default 0 */
  readonly firstShard?: number;
  /** How large requests may be that are not to keep others waiting. */
  readonly pace?: Pick<Pace, "fits"> | undefined;
  /** Told what came of each attempt. */
  readonly watch?: ((seen: SeenAttempt) => void) | undefined;
  /** What all shards share. */
  readonly refusals: LogLimiter;
  readonly unreadable: LogLimiter;
  readonly dialect: Dialect;
  readonly size: RequestSize;
  readonly rate: RateLimit;
  readonly coding: Coding;
  /** What they share with those before and after them. */
  readonly gate: Gate;
  readonly outage: Outage;
  readonly credential: Credential;
  readonly meter: AttemptMeter;
  readonly select: SelectSignals;
  readonly settle: SettleParts;
  /** What the endpoint refuses for good: before it is settled as that. */
  readonly keepRefused: KeepRefused;
  /** Told once for each request that has its outcome. */
  readonly settled: (body: RequestBody, isDelivered: boolean) => void;
  /** See {@link BatchReader.recycle}. */
  readonly recycle: (body: RequestBody) => void;
  /** The receiver does not understand remote write 2.0: nothing is sent any more until all begins anew. */
  readonly onFallBack: (reason: string) => void;
  readonly onIdle: (shard: number) => void;
  /** A shard begins to wait, after an attempt that came to nothing. */
  readonly onHeld: () => void;
  readonly onFailure: (error: unknown) => void;
}
