/** Writes and reads a value as a control byte and its significant bytes, compared with the value before. */
import {
  CONTROL_INTEGER,
  CONTROL_SAME,
  INTEGER_BYTES_MAX,
  INTEGER_MAX,
} from "./v1_layout";
import { unzigzag, zigzag } from "../../bytes/zigzag";

const NEGATIVE_ZERO: u64 = 0x8000000000000000;

/** Whether a double is an integer with which sums and differences are exact. */
// @ts-ignore: decorator
@inline
function isInteger(bits: u64): bool {
  const value = reinterpret<f64>(bits);
  return Math.abs(value) <= INTEGER_MAX && trunc(value) == value && bits != NEGATIVE_ZERO;
}

/** The significant bytes of the last value, in the low bytes of this word, and how many there are. */
export let valueWord: u64 = 0;
export let valueWordBytes: usize = 0;

/** The control byte for a value. Its significant bytes are in `valueWord`. */
// @ts-ignore: decorator
@inline
export function packValue(bits: u64, reference: u64): u32 {
  const changed = bits ^ reference;
  if (changed == 0) {
    valueWordBytes = 0;
    return CONTROL_SAME;
  }
  const low = <u64> ctz(changed) >> 3;
  const bytes = 8 - low - (<u64> clz(changed) >> 3);
  if (bytes > 1 && isInteger(bits) && isInteger(reference)) {
    const difference = zigzag(<i64> reinterpret<f64>(bits) - <i64> reinterpret<f64>(reference));
    const integerBytes = 8 - (<u64> clz(difference) >> 3);
    if (integerBytes < bytes) {
      valueWord = difference;
      valueWordBytes = <usize> integerBytes;
      return CONTROL_INTEGER | <u32> integerBytes;
    }
  }
  valueWord = changed >> (low << 3);
  valueWordBytes = <usize> bytes;
  return <u32> ((low << 4) | bytes);
}

/** How many bytes belong to a control byte; -1 if the control byte is unknown. */
// @ts-ignore: decorator
@inline
export function controlBytes(control: u32): i32 {
  const bytes = control & 0x0f;
  if (control >= CONTROL_INTEGER) {
    return bytes != 0 && control <= CONTROL_INTEGER + INTEGER_BYTES_MAX ? <i32> bytes : -1;
  }
  // Nothing changed is one code alone, and no more than 8 bytes can.
  if (bytes == 0) return control == CONTROL_SAME ? 0 : -1;
  return (control >> 4) + bytes <= 8 ? <i32> bytes : -1;
}

/** Whether the arguments of unpackValue were valid. */
export let isValueSound: bool = true;

/** The value that was packed. `word` has its significant bytes, and no others. */
// @ts-ignore: decorator
@inline
export function unpackValue(control: u32, word: u64, reference: u64): u64 {
  isValueSound = true;
  if (control < CONTROL_INTEGER) return reference ^ (word << (<u64> (control >> 4) << 3));
  const sum = <f64> (<i64> reinterpret<f64>(isInteger(reference) ? reference : 0) + unzigzag(word));
  isValueSound = isInteger(reference) && Math.abs(sum) <= INTEGER_MAX;
  return reinterpret<u64>(sum);
}
