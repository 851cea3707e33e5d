import { assert } from "../assert.ts";
import type { CancelTimer, Clock, SealedRequest } from "../contracts.ts";
import type { OpenRequests } from "./open_requests.ts";

/** What {@link Departures} work with. */
interface DeparturesDependencies {
  readonly clock: Clock;
  readonly requests: OpenRequests;
  readonly network: {
    isBusy(shard: number): boolean;
    trySend(shard: number, request: SealedRequest): boolean;
  };
  /** A request with so many signals leaves at once, where its shard has nothing to do. */
  readonly requestSignals: number;
  /** How long one with fewer waits for more. */
  readonly flushIntervalMs: number;
  /** False when nothing is to leave any more. */
  readonly mayLeave: () => boolean;
  /** Takes a shard's open request; it tells {@link Departures.left}. */
  readonly seal: (shard: number) => SealedRequest;
  /** Told of a bug, which nothing above a timer would catch. */
  readonly onFailure: (error: unknown) => void;
}

/** Sees to it that open requests leave in time: when they are large, or have waited. */
export class Departures {
  readonly #dependencies: DeparturesDependencies;
  /** By shard; those that are gone have none. */
  readonly #timers: (CancelTimer | undefined)[] = [];
  /** Open requests that have waited long enough and leave when their shard is idle. */
  readonly #overdue: boolean[] = [];
  #draining = false;

  constructor(dependencies: DeparturesDependencies) {
    this.#dependencies = dependencies;
  }

  /** From now on nothing waits for more. */
  drain(): void {
    this.#draining = true;
  }

  /** The batch at hand is through. */
  dealt(shard: number): void {
    if (this.#draining) this.flush(shard);
    else this.goesOn(shard);
  }

  /** The batch at hand is not through: an open request that is large enough leaves, and others may wait. */
  goesOn(shard: number): void {
    const { requests, requestSignals } = this.#dependencies;
    if (requests.signals(shard) >= requestSignals) this.flush(shard);
    else this.#armTimer(shard);
  }

  /** The shard has nothing to do. */
  idle(shard: number): void {
    if (this.#overdue[shard] || this.#draining) this.flush(shard);
  }

  /** An open request leaves, now or when its shard is idle. */
  flush(shard: number): void {
    const { mayLeave, requests, network, seal, onFailure } = this.#dependencies;
    if (!mayLeave() || !requests.has(shard)) return;
    // Until a busy shard is done the request may as well grow.
    this.#overdue[shard] = network.isBusy(shard);
    if (this.#overdue[shard]) return;
    try {
      assert(network.trySend(shard, seal(shard)), "an idle shard has room");
    } catch (error) {
      onFailure(error);
    }
  }

  /** A shard's open request was taken. */
  left(shard: number): void {
    this.#timers[shard]?.();
    this.#timers[shard] = undefined;
    this.#overdue[shard] = false;
  }

  stop(): void {
    for (const cancel of this.#timers) cancel?.();
  }

  #armTimer(shard: number): void {
    const { clock, requests, flushIntervalMs } = this.#dependencies;
    if (!requests.has(shard) || this.#timers[shard] !== undefined) return;
    this.#timers[shard] = clock.after(flushIntervalMs, () => this.flush(shard));
  }
}
