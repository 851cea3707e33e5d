/** The signals of the sealed request at hand, in its order: where each is, and what it is. */
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";

export const SAMPLE: u8 = 0;
export const HISTOGRAM: u8 = 1;
export const EXEMPLAR: u8 = 2;
export const METADATA: u8 = 3;

@unmanaged
export class Signal {
  /** 0 where it has none. */
  timestampMs: i64;
  /** The field that holds it, from its tag to its end: of the request in 1.0, of a series in 2.0. */
  at: u32;
  end: u32;
  /** The field of the series that it is in; in 1.0 that is its own. */
  seriesAt: u32;
  kind: u8;
  /** It is of no use without a sample or a histogram of its series. */
  needsOther: bool;
  /** The request can be parted behind it. */
  isSeam: bool;
}

const signals: Buffer = createBuffer();

export function clearSignals(): void {
  signals.length = 0;
}

/** A signal that stands for itself, between seams. What is returned is good until the next one is added. */
export function addSignal(kind: u8, timestampMs: i64, at: usize, end: usize, seriesAt: usize): Signal {
  const signal = changetype<Signal>(reserveMore(signals, offsetof<Signal>()));
  signals.length += offsetof<Signal>();
  signal.timestampMs = timestampMs;
  signal.at = <u32> at;
  signal.end = <u32> end;
  signal.seriesAt = <u32> seriesAt;
  signal.kind = kind;
  signal.needsOther = false;
  signal.isSeam = true;
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

/** Whether it can grow old: metadata has no timestamp, and an exemplar may have none. */
export function hasTime(signal: Signal): bool {
  if (signal.kind == METADATA) return false;
  return signal.kind != EXEMPLAR || signal.timestampMs != 0;
}

/** The number of the first signal behind the series that this one is in. */
export function nextSeries(index: u32): u32 {
  const seriesAt = signalAt(index).seriesAt;
  const count = signalCount();
  while (index < count && signalAt(index).seriesAt == seriesAt) index++;
  return index;
}
