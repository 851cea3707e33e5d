/**
 * Where in a batch another of its metadata entries counts for a family. Each entry is in the
 * batch once, and the first of a family counts from the start; where the targets, or the
 * series of a request, say different things of one family, a switch goes before the rows of
 * each. Most batches have none.
 */
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";

/** From a row on, by its number, an entry counts, by its number. */
@unmanaged
export class MetadataSwitch {
  row: u32;
  entry: u32;
}

export const SWITCH_BYTES: usize = offsetof<MetadataSwitch>();

/** Ascending by their rows. */
export const switches: Buffer = createBuffer();

export function addSwitch(row: u32, entry: u32): void {
  const one = changetype<MetadataSwitch>(reserveMore(switches, SWITCH_BYTES));
  one.row = row;
  one.entry = entry;
  switches.length += SWITCH_BYTES;
}

// @ts-ignore: decorator
@inline
export function nthSwitch(number: u32): MetadataSwitch {
  return changetype<MetadataSwitch>(switches.at + <usize> number * SWITCH_BYTES);
}

// @ts-ignore: decorator
@inline
export function switchCount(): u32 {
  return <u32> (switches.length / SWITCH_BYTES);
}

/** The next switch whose row is to be given its new number. */
let moved: u32 = 0;

/** Rows will be moved up, as others between them are left out: each is told, in their order. */
export function beginMoves(): void {
  moved = 0;
}

/** The row with one number gets another, or what follows it if it is left out itself. Rows before the first that is told stay. */
export function moveSwitches(from: u32, to: u32): void {
  const count = switchCount();
  for (; moved < count && nthSwitch(moved).row <= from; moved++) {
    if (nthSwitch(moved).row == from) nthSwitch(moved).row = to;
  }
}
