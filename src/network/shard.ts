import type { RejectionCause, SealedRequest } from "../contracts.ts";
import { Actor } from "../actor/actor.ts";
import { Mailbox } from "../actor/mailbox.ts";
import { sleep } from "../actor/sleep.ts";
import { attemptOnce, type AttemptResult } from "./attempt.ts";
import { AttemptReport, type Next } from "./attempt_report.ts";
import type { CodedBody } from "./coding.ts";
import { LONE_REFUSALS_MAX, type Refusal } from "./gate.ts";
import { requestHeaders } from "./headers.ts";
import { hostOf } from "../shown_url.ts";
import type { RequestCompression, SignalCounts } from "../types.ts";
import { divideParts, firstOnes, signalsIn } from "../parts.ts";
import { retryDelayMs, type Verdict } from "./retry.ts";
import type { ShardContext } from "./shard_context.ts";
import { type Piece, Splitting } from "./splitting.ts";
import { countSignals, NOTHING_WRITTEN } from "./written.ts";

/**
 * Sends the requests of one shard, one after the other: the next one leaves when
 * this one has its outcome, so samples of a series cannot overtake each other.
 */
export class Shard {
  readonly #index: number;
  /** By which those know it that other lanes have shards before, too. */
  readonly #number: number;
  readonly #context: ShardContext;
  readonly #headers: Readonly<Record<RequestCompression, Record<string, string>>>;
  // One on its way and one ready: the wire never waits for the kernel.
  readonly #inbox = new Mailbox<SealedRequest>(1, () => this.#isEngaged = true);
  readonly #actor: Actor;
  readonly #report: AttemptReport;

  #delivering = false;
  /** It was given a request that has no outcome, or not all of it. */
  #isEngaged = false;
  #isHeld = false;

  constructor(index: number, context: ShardContext) {
    this.#index = index;
    this.#number = (context.firstShard ?? 0) + index;
    this.#context = context;
    this.#headers = {
      snappy: requestHeaders(context.send, "snappy"),
      zstd: requestHeaders(context.send, "zstd"),
    };
    this.#report = new AttemptReport(context);
    this.#actor = new Actor((signal) => this.#run(signal), context.onFailure);
  }

  get isBusy(): boolean {
    return this.#delivering || this.#inbox.size > 0;
  }

  /** All that it was given has its outcome. */
  get isClear(): boolean {
    return !this.#isEngaged;
  }

  /** It waits, after an attempt that came to nothing. */
  get isHeld(): boolean {
    return this.#isHeld;
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
      let isNext = false;
      try {
        if (!await this.#deliver(request, signal)) return;
        this.#delivering = false;
        this.#isEngaged = this.#inbox.size > 0;
        if (!this.isBusy) this.#context.onIdle(this.#index);
        isNext = this.#inbox.size > 0;
      } finally {
        // Where the next one is there already its turn has come with it.
        if (!isNext) this.#context.turn?.leaves(this.#number);
      }
    }
  }

  /** False when some of it has no outcome: the loop was stopped, or the receiver does not understand it. */
  async #deliver(request: SealedRequest, signal: AbortSignal): Promise<boolean> {
    const { send, settled, recycle, gate, size, select, pace } = this.#context;
    const fits = (bytes: number): boolean => size.fits(bytes) && (pace?.fits(bytes) ?? true);
    const dependencies = { size, select, fits, more: () => this.#more() };
    const splitting = new Splitting(request, dependencies, send.splitOnBadRequest);
    try {
      for (let next = splitting.next(); next !== undefined; next = splitting.next()) {
        if (!await this.#deliverPiece(next, splitting, signal)) return false;
        for (const piece of splitting.tooLarge()) {
          await this.#settle(piece, NOTHING_WRITTEN, "rejected");
        }
      }
    } finally {
      gate.leave(this.#number);
    }
    for (const { body, isDelivered, isSpent } of splitting.outcomes()) {
      settled(body, isDelivered);
      if (isSpent) recycle(body);
    }
    return true;
  }

  /** The next request; one that the endpoint keeps open, as this shard is busy, leaves for it. */
  #more(): SealedRequest | undefined {
    if (this.#inbox.size === 0) {
      this.#delivering = false;
      this.#context.onIdle(this.#index);
      this.#delivering = true;
    }
    return this.#inbox.tryReceive();
  }

  /**
   * Sends until there is an outcome, or pieces that have to be sent in its place.
   * False when there is neither.
   */
  async #deliverPiece(piece: Piece, splitting: Splitting, signal: AbortSignal): Promise<boolean> {
    const { gate, outage, size, rate, coding, onFallBack, turn } = this.#context;
    let current: Piece | undefined = piece;
    // Those that the endpoint refused to talk about are attempts, and no failures of what was sent.
    // Nor are those that did not leave, for want of something to sign them with.
    let isUnderSnappy = false;
    for (let attempts = 0, failures = 0, unsigned = 0;;) {
      current = this.#withoutExpired(current);
      if (current === undefined) return true;
      if (turn?.admits(this.#number) === false) {
        if (!await turn.wait(signal)) return false;
        if (this.#refit(current, splitting, failures)) return true;
        continue;
      }
      if (!gate.admits(this.#number)) {
        if (!await this.#hold(gate.changed(this.#number, signal))) return false;
        continue;
      }
      const { waitMs } = rate;
      if (waitMs > 0) {
        if (!await sleep(this.#context.clock, waitMs, signal)) return false;
        continue;
      }
      const number = size.leaves();
      const coded = coding.encode(current.request, isUnderSnappy);
      rate.spend(coded.bytes.length);
      const result = await this.#attempt(current.request, coded, attempts, signal);
      if (result === undefined) return false;
      if (!result.isUnsigned) {
        attempts++;
        current.whole.attempts++;
      }
      const { verdict, startedMs, isBodySent } = result;
      current.answer = result;
      const next = coding.mayBeToBlame(coded, result.status)
        ? "recode"
        : this.#nextOf(current, result, splitting, failures);
      this.#report.tell(current.request, coded, result, next);
      this.#watch(current.request, coded, result);
      switch (next) {
        case "recode":
          isUnderSnappy = true;
          continue;
        case "aside":
          return true;
        case "split":
        case "halve":
          if (verdict.kind !== "refused") gate.heard(this.#number);
          return true;
        case "alone":
          if (!await this.#hold(gate.waitAlone(this.#refusalOf(current, result), signal))) {
            return false;
          }
          if (verdict.kind === "too_large") return true;
          continue;
        case "refused":
          outage.failed(next);
          // What was too large comes again with what was set aside before it.
          if (verdict.kind === "too_large") return true;
          continue;
        case "retry":
          outage.failed(next);
          gate.unanswered(this.#number);
          if (result.isUnsigned) unsigned++;
          else [failures, unsigned] = [failures + 1, 0];
          if (!await this.#pause(unsigned || failures, retryAfterMsOf(verdict), signal)) {
            return false;
          }
          if (result.isLate && this.#partGrown(current, splitting)) return true;
          if (this.#refit(current, splitting, failures)) return true;
          continue;
        case "give_up":
          outage.failed("retry");
          gate.unanswered(this.#number);
          await this.#settle(current, NOTHING_WRITTEN, "max_retries");
          return true;
        case "fall_back":
          gate.heard(this.#number);
          onFallBack(result.reason ?? "no answer");
          return false;
        case "rejected":
        case "delivered":
          if (verdict.kind === "refused") gate.blamed();
          else gate.heard(this.#number, next === "delivered");
          if (next === "rejected" && splitting.isUsedUp(current)) {
            this.#report.usedUp(current.request);
          }
          await this.#settle(
            current,
            "written" in verdict ? verdict.written : NOTHING_WRITTEN,
            "rejected",
          );
          if (next === "delivered") {
            if (current.before.alone > 0) gate.flapped();
            coding.taken(coded, isUnderSnappy);
            size.taken(current.request.body.bytes.length, number);
            outage.delivered(startedMs);
            const { whole } = current;
            // Of what has left before, a connection may still have a rest to send.
            whole.isSpent = whole.attempts === 1 && isBodySent === true &&
              coded.bytes === whole.body.bytes;
          }
          return true;
      }
    }
  }

  #watch(
    { body: { oldestMs, newestMs } }: SealedRequest,
    coded: CodedBody,
    of: AttemptResult,
  ): void {
    const { verdict, reason, startedMs, durationMs, isLate = false } = of;
    const bytes = coded.bytes.length;
    const seen = { verdict, reason, startedMs, durationMs, isLate, bytes, oldestMs, newestMs };
    this.#context.watch?.(seen);
  }

  async #attempt(
    { body }: SealedRequest,
    { bytes, encoding }: CodedBody,
    attempts: number,
    signal: AbortSignal,
  ): Promise<AttemptResult | undefined> {
    const { send, dialect, credential, meter, turn } = this.#context;
    const { url, onRefused, writeTimeoutMs: timeoutMs } = send;
    const known = this.#headers[encoding];
    const headers = attempts === 0 ? known : { ...known, "retry-attempt": `${attempts}` };
    const attempt = {
      url,
      headers,
      credential,
      onRefused,
      timeoutMs,
      body: bytes,
      kinds: body.kinds,
      ...(this.#isV2 ? { v2: dialect } : {}),
    };
    meter.begins();
    turn?.begins(this.#number);
    let result: AttemptResult | undefined;
    try {
      result = await attemptOnce(attempt, this.#context, signal);
    } finally {
      meter.ends(result);
      turn?.ends(this.#number, result?.status);
    }
    return result;
  }

  /** What comes next; parts the piece, and tells the gate, where that is it. */
  #nextOf(
    piece: Piece,
    result: AttemptResult,
    splitting: Splitting,
    failures: number,
  ): Next {
    const { gate, send: { maxRetryAttempts, onRefused } } = this.#context;
    const { verdict, isUnsigned } = result;
    switch (verdict.kind) {
      case "retry":
        if (isUnsigned || maxRetryAttempts === 0) return "retry";
        return failures >= maxRetryAttempts ? "give_up" : "retry";
      case "rejected":
        return verdict.mayHoldPoison && splitting.split(piece) ? "split" : "rejected";
      case "too_large":
        if (splitting.halve(piece)) return "halve";
        if (onRefused === "hold") {
          if (splitting.setAside(piece)) return "aside";
          return gate.refused(this.#refusalOf(piece, result)) ? "alone" : "refused";
        }
        splitting.giveUp(piece);
        return "rejected";
      case "refused":
        if (!gate.refused(this.#refusalOf(piece, result))) return "refused";
        if (splitting.splitLone(piece)) return "split";
        return piece.before.alone >= LONE_REFUSALS_MAX && gate.mayBlame ? "rejected" : "alone";
      default:
        return verdict.kind;
    }
  }

  /**
   * A request that grew while it waited is parted when it had no answer in time: by a slow
   * link it may never have one. So are the next ones, as if it had been too large.
   */
  #partGrown(piece: Piece, splitting: Splitting): boolean {
    return piece.request.body.signals > this.#context.send.batchCount && splitting.halve(piece);
  }

  /** The same for one that is larger by now than those may be that are not to keep others waiting. */
  #refit(piece: Piece, splitting: Splitting, failures: number): boolean {
    const { pace, send } = this.#context;
    // Its halves would have all their attempts again.
    const isCounted = send.maxRetryAttempts > 0 && failures > 0;
    return pace !== undefined && !isCounted && splitting.refit(piece);
  }

  #refusalOf({ before }: Piece, { verdict, startedMs, used, reason }: AttemptResult): Refusal {
    const { credential, send } = this.#context;
    return {
      shard: this.#number,
      host: hostOf(send.url),
      reason: reason ?? "no answer",
      startedMs,
      credential,
      used,
      soonMs: this.#delayMs(1, 0),
      retryAfterMs: retryAfterMsOf(verdict),
      isTooLarge: verdict.kind === "too_large",
      before,
    };
  }

  /** False when the signal aborted first. */
  #pause(failures: number, retryAfterMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock, outage } = this.#context;
    const delayMs = this.#delayMs(failures, retryAfterMs);
    // What the endpoint asks for it gets, whatever it answers to others.
    const isAsked = retryAfterMs > 0;
    return this.#hold(isAsked ? sleep(clock, delayMs, signal) : outage.pause(delayMs, signal));
  }

  /** Tells that this is being waited for. */
  async #hold(until: Promise<boolean>): Promise<boolean> {
    this.#isHeld = true;
    this.#context.onHeld();
    this.#context.turn?.rests(this.#number);
    const isOver = await until;
    this.#isHeld = false;
    return isOver;
  }

  #delayMs(failures: number, retryAfterMs: number): number {
    const { send, random } = this.#context;
    return retryDelayMs({
      failures,
      backoffMs: send.retryBackoffMs,
      backoffMsMax: send.retryBackoffMsMax,
      retryAfterMs,
      random: random(),
    });
  }

  get #isV2(): boolean {
    return this.#context.send.protobufMessage !== "prometheus.WriteRequest";
  }

  /**
   * What was written is delivered, and the rest is dropped. Which signals those are
   * the receiver does not say: the batches that came first are credited first. So nothing
   * of a request is settled before what was refused is kept: that may be of any of its
   * batches, and a crash between the two must not lose it.
   */
  async #settle(
    { request, whole, answer }: Piece,
    written: SignalCounts,
    cause: RejectionCause,
  ): Promise<void> {
    const { settle, keepRefused, send } = this.#context;
    const delivered = countSignals(written);
    const { taken, rest } = divideParts(request.parts, firstOnes(delivered));
    if (rest.length > 0) {
      await keepRefused({
        body: request.body,
        protobufMessage: send.protobufMessage,
        cause,
        status: answer.status,
        reason: answer.reason ?? "no answer",
        refused: signalsIn(rest),
      });
    }
    if (taken.length > 0) settle(taken, "delivered");
    whole.delivered += delivered;
    if (rest.length > 0) settle(rest, cause);
  }

  #withoutExpired(piece: Piece): Piece | undefined {
    const { send, age, select, settle } = this.#context;
    if (piece.request.isSentAgain === true) return piece;
    const cutoffMs = age.cutoffMs(send.ttlMs);
    if (piece.request.body.oldestMs >= cutoffMs) return piece;
    const { request, rest } = select(piece.request, { cutoffMs });
    if (rest.length > 0) settle(rest, "ttl");
    return request && { ...piece, request };
  }
}

function retryAfterMsOf(verdict: Verdict): number {
  return "retryAfterMs" in verdict ? verdict.retryAfterMs : 0;
}
