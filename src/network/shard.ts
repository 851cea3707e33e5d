import type {
  AgeJudge,
  AttemptEvent,
  Clock,
  EndpointEvents,
  HttpClient,
  Logger,
  OnRefused,
  Random,
  RequestBody,
  SealedRequest,
  SelectSignals,
  SettleParts,
} from "../contracts.ts";
import { Actor } from "../actor/actor.ts";
import { Mailbox } from "../actor/mailbox.ts";
import { sleep } from "../actor/sleep.ts";
import type { Authorization } from "./authorization.ts";
import { attemptOnce, type AttemptResult, type Dialect } from "./attempt.ts";
import type { Gate, RefusedBefore } from "./gate.ts";
import { requestHeaders, type RequestIdentity } from "./headers.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import type { DropReason, SignalCounts } from "../types.ts";
import { divideParts, firstOnes } from "../parts.ts";
import type { Outage } from "./outage.ts";
import type { RequestSize } from "./request_size.ts";
import { retryDelayMs, type Verdict } from "./retry.ts";
import { Splitting } from "./splitting.ts";
import { countSignals, NOTHING_WRITTEN } from "./written.ts";

/** How requests are sent: the same for all shards of an endpoint. */
export interface SendOptions extends RequestIdentity {
  readonly url: string;
  readonly writeTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly onRefused: OnRefused;
  /** 0 is without limit. */
  readonly maxRetryAttempts: number;
  /** A request that is answered with 400 is sent again in halves, to find what is refused. */
  readonly splitOnBadRequest: boolean;
  readonly ttlMs: number;
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
  /** What all shards share. */
  readonly refusals: LogLimiter;
  readonly unreadable: LogLimiter;
  readonly dialect: Dialect;
  readonly size: RequestSize;
  /** What they share with those before and after them. */
  readonly gate: Gate;
  readonly outage: Outage;
  readonly authorization: Authorization;
  readonly select: SelectSignals;
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
  readonly #usedUpLog: LogLimiter;

  #delivering = false;

  constructor(index: number, context: ShardContext) {
    this.#index = index;
    this.#context = context;
    this.#headers = requestHeaders(context.send);
    this.#usedUpLog = new LogLimiter(context.clock);
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

  /** False when some of it has no outcome: the loop was stopped, or the receiver does not understand it. */
  async #deliver(request: SealedRequest, signal: AbortSignal): Promise<boolean> {
    const { send, settled, gate } = this.#context;
    const splitting = new Splitting(request, this.#context, send.splitOnBadRequest);
    let delivered = 0;
    try {
      for (let next = splitting.next(); next !== undefined; next = splitting.next()) {
        const taken = await this.#deliverPart(next, splitting, signal);
        if (taken === undefined) return false;
        delivered += taken;
        for (const part of splitting.tooLarge()) this.#settle(part, NOTHING_WRITTEN, "rejected");
      }
    } finally {
      gate.leave(this.#index);
    }
    settled(request.body, delivered === request.body.signals);
    return true;
  }

  /**
   * Sends until there is an outcome, or halves that have to be sent in its place.
   * Returns how many signals were delivered; undefined when there is neither.
   */
  async #deliverPart(
    part: SealedRequest,
    splitting: Splitting,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { gate, outage, onFallBack } = this.#context;
    let current: SealedRequest | undefined = part;
    const before: RefusedBefore = { sinceMs: undefined, alone: 0 };
    // Those that the endpoint refused to talk about are attempts, and no failures of what was sent.
    for (let attempts = 0, failures = 0;;) {
      current = this.#withoutExpired(current);
      if (current === undefined) return 0;
      if (!gate.admits(this.#index)) {
        if (!await gate.changed(this.#index, signal)) return undefined;
        continue;
      }
      const result = await this.#attempt(current, attempts++, signal);
      if (result === undefined) return undefined;
      const { verdict, startedMs } = result;
      const next = this.#nextOf(current, verdict, splitting, failures);
      this.#tell(current, result, next);
      if (next === "aside") return 0;
      if (next === "refused") {
        if (!await this.#refused(result, before, signal)) return undefined;
        // What was too large comes again with what was set aside before it.
        if (verdict.kind === "too_large") return 0;
        continue;
      }
      if (verdict.kind === "retry") {
        outage.failed(verdict.kind);
        gate.unanswered(this.#index);
        if (next === "give_up") return this.#settle(current, NOTHING_WRITTEN, "max_retries");
        if (!await this.#pause(++failures, verdict.retryAfterMs, signal)) return undefined;
        continue;
      }
      gate.heard(this.#index);
      if (verdict.kind === "fall_back") {
        onFallBack(result.reason ?? "no answer");
        return undefined;
      }
      if (next === "split" || next === "halve") return 0;
      if (next === "rejected" && splitting.isUsedUp) this.#tellUsedUp(current);
      const written = "written" in verdict ? verdict.written : NOTHING_WRITTEN;
      const delivered = this.#settle(current, written, "rejected");
      if (verdict.kind === "delivered") {
        this.#context.size.taken(current.body.bytes.length);
        outage.delivered(startedMs);
      }
      return delivered;
    }
  }

  #attempt(
    { body }: SealedRequest,
    attempts: number,
    signal: AbortSignal,
  ): Promise<AttemptResult | undefined> {
    const { send, dialect, authorization } = this.#context;
    const { url, onRefused, writeTimeoutMs: timeoutMs } = send;
    const headers = attempts === 0
      ? this.#headers
      : { ...this.#headers, "retry-attempt": `${attempts}` };
    const attempt = {
      url,
      headers,
      authorization,
      onRefused,
      timeoutMs,
      body: body.bytes,
      kinds: body.kinds,
      ...(this.#isV2 ? { v2: dialect } : {}),
    };
    return attemptOnce(attempt, this.#context, signal);
  }

  /** Parts the request where that comes next. */
  #nextOf(
    request: SealedRequest,
    verdict: Verdict,
    splitting: Splitting,
    failures: number,
  ): Next {
    const { size, send: { maxRetryAttempts, onRefused } } = this.#context;
    switch (verdict.kind) {
      case "retry":
        return maxRetryAttempts > 0 && failures >= maxRetryAttempts ? "give_up" : "retry";
      case "rejected":
        return verdict.mayHoldPoison && splitting.split(request) ? "split" : "rejected";
      case "too_large":
        // One that takes nothing, whatever its size, has a limit that is none.
        if (request.body.signals === 1 && size.takesNothing && onRefused === "hold") {
          return splitting.setAside(request) ? "aside" : "refused";
        }
        return splitting.halve(request) ? "halve" : "rejected";
      default:
        return verdict.kind;
    }
  }

  /** False when the signal aborted while the request waited by itself. */
  async #refused(
    { verdict, startedMs, used, reason }: AttemptResult,
    before: RefusedBefore,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { gate, authorization, send, clock, outage } = this.#context;
    const aloneMs = gate.refused({
      shard: this.#index,
      host: new URL(send.url).host,
      reason: reason ?? "no answer",
      startedMs,
      authorization,
      used,
      soonMs: this.#delayMs(1, 0),
      retryAfterMs: "retryAfterMs" in verdict ? verdict.retryAfterMs : 0,
      before,
    });
    if (aloneMs > 0) return await sleep(clock, aloneMs, signal);
    outage.failed("refused");
    return true;
  }

  /** False when the signal aborted first. */
  #pause(failures: number, retryAfterMs: number, signal: AbortSignal): Promise<boolean> {
    return sleep(this.#context.clock, this.#delayMs(failures, retryAfterMs), signal);
  }

  #delayMs(failures: number, retryAfterMs: number): number {
    const { send, random } = this.#context;
    return retryDelayMs({
      failures,
      backoffMs: send.retryBackoffMs,
      backoffMsMax: send.retryBackoffMaxMs,
      retryAfterMs,
      random: random(),
    });
  }

  /** What is dropped now may be more than is to blame. */
  #tellUsedUp({ body: { signals } }: SealedRequest): void {
    if (signals === 1) return;
    const hidden = this.#usedUpLog.admit();
    if (hidden === undefined) return;
    const message = "a refused request was split as often as one may be: the rest of it is dropped";
    this.#context.logger.warn(message, { signals, more_like_it: hidden || undefined });
  }

  get #isV2(): boolean {
    return this.#context.send.protobufMessage !== "prometheus.WriteRequest";
  }

  /**
   * What was written is delivered, and the rest is dropped. Which signals those are
   * the receiver does not say: the batches that came first are credited first.
   */
  #settle({ parts }: SealedRequest, written: SignalCounts, reason: DropReason): number {
    const { settle } = this.#context;
    const delivered = countSignals(written);
    const { taken, rest } = divideParts(parts, firstOnes(delivered));
    if (taken.length > 0) settle(taken, "delivered");
    if (rest.length > 0) settle(rest, reason);
    return delivered;
  }

  #withoutExpired(request: SealedRequest): SealedRequest | undefined {
    const { send, age, select, settle } = this.#context;
    const cutoffMs = age.cutoffMs(send.ttlMs);
    if (request.body.oldestMs >= cutoffMs) return request;
    const left = select(request, { cutoffMs });
    if (left.rest.length > 0) settle(left.rest, "ttl");
    return left.request;
  }

  #tell(request: SealedRequest, result: AttemptResult, next: Next): void {
    const { events, logger, refusals, unreadable, send } = this.#context;
    const { verdict, status, durationMs, reason, isUnreadable } = result;
    const { signals } = request.body;
    events.attempted({
      durationMs,
      bytes: request.body.bytes.length,
      signals,
      kinds: request.body.kinds,
      written: "written" in verdict ? verdict.written : NOTHING_WRITTEN,
      status,
      outcome: OUTCOMES[next],
      oldestMs: request.body.oldestMs,
      newestMs: request.body.newestMs,
      ...(reason === undefined ? {} : { error: reason }),
    });
    // These are logged once, for all shards.
    if (reason === undefined || next === "fall_back" || next === "refused") return;
    const hidden = isUnreadable ? unreadable.admit() : refusals.admit();
    if (hidden === undefined) return;
    const url = new URL(send.url);
    const fields = {
      host: url.host,
      signals,
      error: reason,
      more_like_it: hidden || undefined,
    };
    if (isUnreadable && next === "retry") logger.error(UNREADABLE, fields);
    else logger.warn(MESSAGES[next], fields);
  }
}

/** What comes after an attempt. */
type Next = Exclude<Verdict["kind"], "too_large"> | "give_up" | "split" | "halve" | "aside";

const OUTCOMES: Readonly<Record<Next, AttemptEvent["outcome"]>> = {
  delivered: "delivered",
  rejected: "rejected",
  refused: "retried",
  fall_back: "retried",
  retry: "retried",
  give_up: "gave_up",
  split: "retried",
  halve: "retried",
  aside: "retried",
};

const UNREADABLE =
  "the endpoint answers in no form of HTTP and may have taken the request; sending it again";
const REFUSED = "the endpoint refuses a request";
const MESSAGES: Readonly<Record<Exclude<Next, "fall_back" | "refused">, string>> = {
  // Of a part of it: else there is no reason to tell.
  delivered: REFUSED,
  rejected: REFUSED,
  give_up: REFUSED,
  retry: "cannot send; trying again",
  split: "the endpoint refuses a request; it is split in halves",
  halve: "a request is too large for the endpoint; it is split in halves",
  aside: "a single signal is too large for the endpoint",
};
