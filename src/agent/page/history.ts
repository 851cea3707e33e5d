import type { EndpointSnapshot } from "../../stats/endpoint_snapshot.ts";
import type { DropReason } from "../../types.ts";
import type { HistoryEvent, HistorySpan } from "./protocol.ts";

/** How often the queue is looked at. */
export const SAMPLE_MS = 10_000;
const FINE_STEPS = 180;
const COARSE_STEPS = 288;
/** Fine steps in one that is coarse: five minutes. */
const FINE_IN_COARSE = 30;
/** Fine steps over which a rate is told: a minute. */
const RATE_STEPS = 6;
/** There may be 100 endpoints, and directories of earlier ones that are drained; others have no history. */
const ENDPOINTS_MAX = 200;

/** What is remembered of a step: rates, and what was pending at its end. */
const COLUMNS = 6;
type Step = [
  inRate: number,
  out: number,
  dropped: number,
  pending: number,
  pendingBytes: number,
  lost: number,
];
/** Reasons for which somebody asked: what they drop is not lost. */
const ASKED_FOR: ReadonlySet<string> = new Set<DropReason>([
  "filtered",
  "dropped_series",
  "skipped",
]);

/** How fast signals go, of late. */
export interface Rates {
  readonly inPerSecond: number;
  readonly outPerSecond: number;
  readonly droppedPerSecond: number;
  /** Of these, what nobody asked to drop. */
  readonly lostPerSecond: number;
  /** The fastest of all steps that are remembered. */
  readonly bestOutPerSecond: number;
  /** How fast what is pending grows; below 0: shrinks. */
  readonly growthBytesPerSecond: number;
}

const NO_RATES: Rates = {
  inPerSecond: 0,
  outPerSecond: 0,
  droppedPerSecond: 0,
  lostPerSecond: 0,
  bestOutPerSecond: 0,
  growthBytesPerSecond: 0,
};

/** The last steps, in memory that does not grow. */
class Ring {
  readonly #values: Float64Array;
  readonly #capacity: number;
  #next = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#values = new Float64Array(capacity * COLUMNS);
  }

  get size(): number {
    return this.#size;
  }

  push(step: Step): void {
    this.#values.set(step, this.#next * COLUMNS);
    this.#next = (this.#next + 1) % this.#capacity;
    this.#size = Math.min(this.#size + 1, this.#capacity);
  }

  /** One column, the oldest step first, of at most so many of the newest steps. */
  column(index: number, count: number = this.#size): number[] {
    const size = Math.min(count, this.#size);
    const from = this.#next - size + this.#capacity;
    return Array.from(
      { length: size },
      (_, at) => this.#values[((from + at) % this.#capacity) * COLUMNS + index]!,
    );
  }
}

/** Totals of an endpoint, of which the differences are rates. */
interface Totals {
  readonly incoming: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly lost: number;
}

/** One endpoint's: ten seconds a step for half an hour, and five minutes a step for a day. */
class EndpointHistory {
  readonly #fine = new Ring(FINE_STEPS);
  readonly #coarse = new Ring(COARSE_STEPS);
  #inCoarse: Step[] = [];
  #before: Totals;

  constructor(first: EndpointSnapshot) {
    this.#before = totalsOf(first);
  }

  /** @param steps how many steps have gone by since it was looked at before */
  see(endpoint: EndpointSnapshot, steps: number): void {
    const totals = totalsOf(endpoint);
    const seconds = steps * SAMPLE_MS / 1000;
    // An endpoint that was taken out and put in again counts anew.
    const rate = (name: keyof Totals): number =>
      Math.max(0, totals[name] - this.#before[name]) / seconds;
    const { pendingSignals, pendingBytes } = endpoint;
    const rates = [rate("incoming"), rate("delivered"), rate("dropped")] as const;
    const step: Step = [...rates, pendingSignals, pendingBytes, rate("lost")];
    this.#before = totals;
    for (let at = 0; at < steps; at++) {
      this.#fine.push(step);
      this.#inCoarse.push(step);
      if (this.#inCoarse.length === FINE_IN_COARSE) this.#closeCoarse();
    }
  }

  event(span: HistorySpan, endMs: number): HistoryEvent {
    const ring = span === "30m" ? this.#fine : this.#coarse;
    const stepMs = span === "30m" ? SAMPLE_MS : SAMPLE_MS * FINE_IN_COARSE;
    // What is not a whole step yet is not shown as one.
    const sinceMs = span === "30m" ? 0 : this.#inCoarse.length * SAMPLE_MS;
    return {
      span,
      endMs: endMs - sinceMs,
      stepMs,
      inPerSecond: ring.column(0),
      outPerSecond: ring.column(1),
      droppedPerSecond: ring.column(2),
      pending: ring.column(3),
    };
  }

  rates(): Rates {
    const mean = (index: number): number => meanOf(this.#fine.column(index, RATE_STEPS));
    const best = Math.max(0, ...this.#fine.column(1), ...this.#coarse.column(1));
    const pending = this.#fine.column(4, RATE_STEPS + 1);
    const grown = (pending.at(-1) ?? 0) - (pending[0] ?? 0);
    const seconds = Math.max(1, pending.length - 1) * SAMPLE_MS / 1000;
    return {
      inPerSecond: mean(0),
      outPerSecond: mean(1),
      droppedPerSecond: mean(2),
      lostPerSecond: mean(5),
      bestOutPerSecond: best,
      growthBytesPerSecond: grown / seconds,
    };
  }

  #closeCoarse(): void {
    const steps = this.#inCoarse;
    const mean = (index: number): number => meanOf(steps.map((step) => step[index]!));
    const [, , , pending, bytes] = steps.at(-1)!;
    this.#coarse.push([mean(0), mean(1), mean(2), pending, bytes, mean(5)]);
    this.#inCoarse = [];
  }
}

/** What went in and out of each endpoint, in bounded memory: some 20 KiB for each. */
export class History {
  readonly #endpoints = new Map<string, EndpointHistory>();
  #lastMs: number | undefined;

  /** Looks at all endpoints; what is not among them any more is forgotten. @param monotonicMs when */
  see(endpoints: readonly EndpointSnapshot[], monotonicMs: number): void {
    const elapsedMs = monotonicMs - (this.#lastMs ?? monotonicMs);
    // The host may have slept: as many steps as that took, and no more than there is room for.
    const steps = Math.min(Math.max(1, Math.round(elapsedMs / SAMPLE_MS)), COARSE_STEPS);
    this.#lastMs = monotonicMs;
    const names = new Set(endpoints.map(({ name }) => name));
    for (const name of this.#endpoints.keys()) if (!names.has(name)) this.#endpoints.delete(name);
    for (const endpoint of endpoints) {
      const known = this.#endpoints.get(endpoint.name);
      if (known !== undefined) known.see(endpoint, steps);
      else if (this.#endpoints.size < ENDPOINTS_MAX) {
        this.#endpoints.set(endpoint.name, new EndpointHistory(endpoint));
      }
    }
  }

  rates(name: string): Rates {
    return this.#endpoints.get(name)?.rates() ?? NO_RATES;
  }

  /** Undefined where there is none. @param endMs the time of the last look */
  event(name: string, span: HistorySpan, endMs: number): HistoryEvent | undefined {
    return this.#endpoints.get(name)?.event(span, endMs);
  }
}

function totalsOf(
  { incomingSignalsTotal, deliveredTotal, droppedTotal }: EndpointSnapshot,
): Totals {
  const sumOf = (reasons: readonly (readonly [string, number])[]): number =>
    reasons.reduce((sum, [, count]) => sum + count, 0);
  const reasons = Object.entries(droppedTotal);
  return {
    incoming: incomingSignalsTotal,
    delivered: deliveredTotal,
    dropped: sumOf(reasons),
    lost: sumOf(reasons.filter(([reason]) => !ASKED_FOR.has(reason))),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
