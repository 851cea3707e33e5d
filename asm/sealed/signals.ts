/** Where each signal of the current sealed request is, and what it is, in the request's order. */
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";

export const SAMPLE: u8 = 0;
export const HISTOGRAM: u8 = 1;
export const EXEMPLAR: u8 = 2;
export const METADATA: u8 = 3;

@unmanaged
export class Signal {
  /** 0 if it has none. */
  timestampMs: i64;
  /**
   * Where its field begins, with the tag, and ends. In 1.0 that is a field of the request,
   * in 2.0 of a series.
   */
  at: u32;
  end: u32;
  /** Where the field of its series begins. In 1.0 each signal has a series of its own. */
  seriesAt: u32;
  kind: u8;
  /** It is of no use without a sample or a histogram of its series. */
  needsOther: bool;
  /** The request can be split directly after it. */
  canSplitAfter: bool;
}

const signals: Buffer = createBuffer();

export function clearSignals(): void {
  signals.length = 0;
}

/**
 * Adds a signal that needs no other, and after which the request can be split. The
 * object returned is valid until the next one is added.
 */
export function addSignal(kind: u8, timestampMs: i64, at: usize, end: usize, seriesAt: usize): Signal {
  const signal = changetype<Signal>(reserveMore(signals, offsetof<Signal>()));
  signals.length += offsetof<Signal>();
  signal.timestampMs = timestampMs;
  signal.at = <u32> at;
  signal.end = <u32> end;
  signal.seriesAt = <u32> seriesAt;
  signal.kind = kind;
  signal.needsOther = false;
  signal.canSplitAfter = true;
  return signal;
}

export function signalCount(): u32 {
  return <u32> (signals.length / offsetof<Signal>());
}

// @ts-ignore: decorator
@inline
export function signalAt(index: u32): Signal {
  return changetype<Signal>(signals.at + <usize> index * offsetof<Signal>());
}

/**
 * Whether it has a timestamp, so that it can become too old. Metadata has none, and an
 * exemplar may have none.
 */
export function hasTime(signal: Signal): bool {
  if (signal.kind == METADATA) return false;
  return signal.kind != EXEMPLAR || signal.timestampMs != 0;
}

/** The number of the first signal after the series of this one. */
export function nextSeries(index: u32): u32 {
  const seriesAt = signalAt(index).seriesAt;
  const count = signalCount();
  while (index < count && signalAt(index).seriesAt == seriesAt) index++;
  return index;
}
