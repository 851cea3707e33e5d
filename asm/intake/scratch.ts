/**
 * Between batches an instance holds nothing of them, but its buffers are as large
 * as the largest batch made each: together more than any batch needs. So before one
 * begins, those that are large are given back, and their room is shared anew.
 */
import { clearBatch } from "./batch";
import { hasLargeScratch, releaseScratch } from "../bytes/memory";
import { forgetEntrySlots } from "./metadata_intake";
import { forgetSymbolSlots } from "../batch/symbols";

/** To be called before the input is put in, while the instance has no signal of a batch. */
export function shareMemory(): void {
  if (!hasLargeScratch()) return;
  clearBatch();
  releaseScratch();
  forgetSymbolSlots();
  forgetEntrySlots();
}
