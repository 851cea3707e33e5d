import type { LeftOut, PushKind } from "./protocol.ts";

/** What came in by one kind of push. */
export interface KindCounts {
  /** Bytes of bodies, compressed as they came. */
  bytes: number;
  /** Signals that were taken. */
  signals: number;
  /** Pushes that have no answer yet. */
  inFlight: number;
  /** Answers by status. */
  readonly answers: Map<number, number>;
  readonly leftOut: Map<LeftOut, number>;
}

/** Counts what was pushed as text, by kind. A kind that never came is not there. */
export class PushStats {
  readonly #kinds = new Map<PushKind, KindCounts>();

  get kinds(): ReadonlyMap<PushKind, KindCounts> {
    return this.#kinds;
  }

  of(kind: PushKind): KindCounts {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const [answers, leftOut] = [new Map<number, number>(), new Map<LeftOut, number>()];
    const counts: KindCounts = { bytes: 0, signals: 0, inFlight: 0, answers, leftOut };
    this.#kinds.set(kind, counts);
    return counts;
  }

  started(kind: PushKind): void {
    this.of(kind).inFlight++;
  }

  answered(kind: PushKind, status: number): void {
    const counts = this.of(kind);
    counts.inFlight--;
    add(counts.answers, status, 1);
  }

  leftOut(kind: PushKind, parts: Readonly<Partial<Record<LeftOut, number>>>): void {
    for (const [reason, count] of Object.entries(parts) as [LeftOut, number][]) {
      if (count > 0) add(this.of(kind).leftOut, reason, count);
    }
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
