/**
 * Between batches an instance holds no signal, but each of its buffers is as large as the
 * largest batch needed it. Together that is more than any batch needs. So before a batch
 * begins, large buffers are given back, and the memory is shared out anew.
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
