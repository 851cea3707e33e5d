/** The part of a line that names its series, in the text formats. */
import { FAULT_PAGE_NO_NAME } from "../abi/layout";
import { fail } from "../abi/result";
import { DIALECT_TEXT, isDigit, isLetter, labels, metricAt, passBlanks, readLabels, setMetric } from "./label_text";

const OPEN: u32 = 0x7b;

/** Whether a metric's name may go on so. */
// @ts-ignore: decorator
@inline
export function isNameByte(byte: u32): bool {
  return isLetter(byte) || isDigit(byte) || byte == 0x3a;
}

/** Whether a metric's name may begin so. */
// @ts-ignore: decorator
@inline
export function isNameStart(byte: u32): bool {
  return isLetter(byte) || byte == 0x3a;
}

/**
 * Passes over the name and the labels of a series. Blanks before the name belong to it, as
 * they do for Prometheus; `at` is behind them. Returns where they end, or 0 after a fault.
 */
export function passSeries(start: usize, at: usize, end: usize, dialect: u32): usize {
  setMetric(0, 0);
  labels.length = 0;
  if (load<u8>(at) != OPEN) {
    // The end counts where a series is all there is, as what is remembered of it.
    while (at < end && isNameByte(load<u8>(at))) at++;
    setMetric(start, at - start);
    const next = dialect == DIALECT_TEXT ? passBlanks(at) : at;
    if (next >= end || load<u8>(next) != OPEN) return at;
    at = next;
  }
  at = readLabels(at + 1, end, dialect);
  if (at == 0) return 0;
  return metricAt == 0 ? fail(FAULT_PAGE_NO_NAME, at, 0, 0) : at;
}
