import type {
  AttemptEvent,
  Clock,
  EndpointEvents,
  ExpireRequest,
  HttpClient,
  Logger,
  Random,
  RequestBody,
  SealedRequest,
  SettleParts,
} from "../contracts.ts";
import { Actor } from "../actor/actor.ts";
import { Mailbox } from "../actor/mailbox.ts";
import { sleep } from "../actor/sleep.ts";
import { attemptOnce, type AttemptResult, type Dialect } from "./attempt.ts";
import { requestHeaders, type RequestIdentity } from "./headers.ts";
import type { LogLimiter } from "../actor/log_limiter.ts";
import type { DropReason, SignalCounts } from "../types.ts";
import { retryDelayMs, type Verdict } from "./retry.ts";
import { countSignals, NOTHING_WRITTEN, partAfter } from "./written.ts";

/** How requests are sent: the same for all shards of an endpoint. */
export interface SendOptions extends RequestIdentity {
  readonly url: string;
  readonly writeTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  /** 0 is without limit. */
  readonly maxRetryAttempts: number;
  readonly ttlMs: number;
}

/** What a shard is made of. */
export interface ShardContext {
  readonly send: SendOptions;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EndpointEvents;
  readonly logger: Logger;
  /** What all shards share. */
  readonly refusals: LogLimiter;
  readonly dialect: Dialect;
  readonly expire: ExpireRequest;
  readonly settle: SettleParts;
  /** Told once for each request that has its outcome. */
  readonly settled: (body: RequestBody, isDelivered: boolean) => void;
  /** The receiver does not understand remote write 2.0: nothing is sent any more until all begins anew. */
  readonly onFallBack: (reason: string) => void;
  readonly onIdle: (shard: number) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Sends the requests of one shard, one after the other: the next one leaves when
 * this one has its outcome, so samples of a series cannot overtake each other.
 */
export class Shard {
  readonly #index: number;
  readonly #context: ShardContext;
  readonly #headers: Record<string, string>;
  // One on its way and one ready: the wire never waits for the kernel.
  readonly #inbox = new Mailbox<SealedRequest>(1);
  readonly #actor: Actor;

  #delivering = false;

  constructor(index: number, context: ShardContext) {
    this.#index = index;
    this.#context = context;
    this.#headers = requestHeaders(context.send);
    this.#actor = new Actor((signal) => this.#run(signal), context.onFailure);
  }

  get isBusy(): boolean {
    return this.#delivering || this.#inbox.size > 0;
  }

  start(): void {
    this.#actor.start();
  }

  /** Interrupts a send or a wait at once; what had no outcome keeps none. */
  stop(): Promise<void> {
    return this.#actor.stop();
  }

  trySend(request: SealedRequest): boolean {
    return this.#inbox.trySend(request);
  }

  send(request: SealedRequest, signal: AbortSignal): Promise<boolean> {
    return this.#inbox.send(request, signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const request = await this.#inbox.receive(signal);
      if (request === undefined) return;
      this.#delivering = true;
      if (!await this.#deliver(request, signal)) return;
      this.#delivering = false;
      if (!this.isBusy) this.#context.onIdle(this.#index);
    }
  }

  /** False when it has no outcome: the loop was stopped, or the receiver does not understand it. */
  async #deliver(request: SealedRequest, signal: AbortSignal): Promise<boolean> {
    const { send, clock, random, dialect } = this.#context;
    let current: SealedRequest | undefined = request;
    for (let failures = 0;; failures++) {
      current = this.#withoutExpired(current);
      if (current === undefined) {
        this.#context.settled(request.body, false);
        return true;
      }
      const result = await attemptOnce(
        {
          url: send.url,
          headers: failures === 0
            ? this.#headers
            : { ...this.#headers, "retry-attempt": `${failures}` },
          body: current.body.bytes,
          timeoutMs: send.writeTimeoutMs,
          kinds: current.body.kinds,
          ...(this.#isV2 ? { v2: dialect } : {}),
        },
        this.#context,
        signal,
      );
      if (result === undefined) return false;
      const isLast = send.maxRetryAttempts > 0 && failures >= send.maxRetryAttempts;
      this.#tell(current, result, isLast);
      const { verdict } = result;
      if (verdict.kind === "fall_back") {
        this.#context.onFallBack(result.reason ?? "no answer");
        return false;
      }
      if (verdict.kind !== "retry") {
        this.#settle(current, verdict.written, "rejected");
        return true;
      }
      if (isLast) {
        this.#settle(current, NOTHING_WRITTEN, "max_retries");
        return true;
      }
      const delayMs = retryDelayMs({
        failures: failures + 1,
        backoffMs: send.retryBackoffMs,
        backoffMsMax: send.retryBackoffMaxMs,
        retryAfterMs: verdict.retryAfterMs,
        random: random(),
      });
      if (!await sleep(clock, delayMs, signal)) return false;
    }
  }

  get #isV2(): boolean {
    return this.#context.send.protobufMessage !== "prometheus.WriteRequest";
  }

  /**
   * What was written is delivered, and the rest is dropped. Which signals those are
   * the receiver does not say: the batches that came first are credited first.
   */
  #settle({ body, parts }: SealedRequest, written: SignalCounts, reason: DropReason): void {
    const { settle, settled } = this.#context;
    const delivered = countSignals(written);
    const { first, rest } = partAfter(parts, delivered);
    if (first.length > 0) settle(first, "delivered");
    if (rest.length > 0) settle(rest, reason);
    settled(body, delivered === body.signals);
  }

  #withoutExpired(request: SealedRequest): SealedRequest | undefined {
    const { send, clock, expire, settle } = this.#context;
    const cutoffMs = clock.nowMs() - send.ttlMs;
    if (request.body.oldestMs >= cutoffMs) return request;
    const left = expire(request, cutoffMs);
    if (left.dropped.length > 0) settle(left.dropped, "ttl");
    return left.request;
  }

  #tell(request: SealedRequest, result: AttemptResult, isLast: boolean): void {
    const { events, logger, refusals, send } = this.#context;
    const { verdict, status, durationMs, reason } = result;
    const { signals } = request.body;
    events.attempted({
      durationMs,
      bytes: request.body.bytes.length,
      signals,
      kinds: request.body.kinds,
      written: "written" in verdict ? verdict.written : NOTHING_WRITTEN,
      status,
      outcome: outcomeOf(verdict, isLast),
      newestMs: request.body.newestMs,
      ...(reason === undefined ? {} : { error: reason }),
    });
    // A fall-back is logged once, for all shards.
    if (reason === undefined || verdict.kind === "fall_back") return;
    const hidden = refusals.admit();
    if (hidden === undefined) return;
    const message = verdict.kind === "rejected" || verdict.kind === "delivered" || isLast
      ? "the endpoint refuses a request"
      : "cannot send; trying again";
    const url = new URL(send.url);
    logger.warn(message, {
      host: url.host,
      signals,
      error: reason,
      more_like_it: hidden || undefined,
    });
  }
}

function outcomeOf({ kind }: Verdict, isLast: boolean): AttemptEvent["outcome"] {
  if (kind === "retry") return isLast ? "gave_up" : "retried";
  return kind === "fall_back" ? "retried" : kind;
}
