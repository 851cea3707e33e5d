/** The result area, and the fault that the call under way ran into. */
import { SLOT_COUNT, SLOT_FAULT_AT, SLOT_FAULT_GOT, SLOT_FAULT_WANTED } from "./layout";

const area: usize = memory.data(640, 8);

/** Where the binding reads the slots. */
export function resultAt(): usize {
  assert(SLOT_COUNT * 8 <= 640);
  return area;
}

// @ts-ignore: decorator
@inline
export function put(slot: i32, value: f64): void {
  store<f64>(area + (<usize> slot << 3), value);
}

let fault: i32 = 0;
let origin: usize = 0;

/** Faults are told as offsets from here: the start of what is being parsed. */
export function begin(start: usize): void {
  fault = 0;
  origin = start;
}

/** Notes the first fault. Returns 0, which parsers hand up in place of the next position. */
export function fail(code: i32, at: usize, got: f64, wanted: f64): usize {
  if (fault == 0) {
    fault = code;
    put(SLOT_FAULT_AT, <f64> (<isize> (at - origin)));
    put(SLOT_FAULT_GOT, got);
    put(SLOT_FAULT_WANTED, wanted);
  }
  return 0;
}

/** The same for functions that answer whether all is well: returns false. */
export function refuse(code: i32, at: usize, got: f64, wanted: f64): bool {
  fail(code, at, got, wanted);
  return false;
}

export function currentFault(): i32 {
  return fault;
}
