/**
 * Handles by which scraping names label sets that a writer keeps, so that it need not send
 * their labels again and again. A handle is the number of a set from 1; it counts as long as
 * the generation is the same, and nobody outside of this program is ever asked for one.
 */
import { Buffer, createLastingBuffer, reserveMore } from "../../bytes/memory";

/** Addresses of the sets that have handles. */
const sets: Buffer = createLastingBuffer();
/** What is handed out for the current request: a handle, or 0, for each series that asked. */
export const handles: Buffer = createLastingBuffer();
let generation: u32 = 1;

/** Grows when handles lose their meaning. */
export function handleGeneration(): u32 {
  return generation;
}

export function forgetHandles(): void {
  if (sets.length == 0) return;
  sets.length = 0;
  generation++;
}

/** A handle for the set at this address. */
export function newHandle(setAt: usize): u32 {
  store<u32>(reserveMore(sets, 4), <u32> setAt);
  sets.length += 4;
  return <u32> (sets.length >> 2);
}

/** The address of the set with this handle, or 0. */
// @ts-ignore: decorator
@inline
export function setWithHandle(handle: u64): usize {
  if (handle - 1 >= <u64> (sets.length >> 2)) return 0;
  return <usize> load<u32>(sets.at + (<usize> (handle - 1) << 2));
}

export function beginHandles(): void {
  handles.length = 0;
}

/** Tells the handle that a series of the current request has asked for, if it gets one. */
export function tellHandle(handle: u32): void {
  store<u32>(reserveMore(handles, 4), handle);
  handles.length += 4;
}
