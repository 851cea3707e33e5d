/** What a sender is told of the first signal that was refused for a reason: its metric, its timestamp and why. */
import { unitFault } from "../time_unit.ts";
import type { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";

/** At most this much of a name goes into a message. */
const NAME_BYTES_SHOWN = 100;

/** Where a sealed batch cannot hold them, by kind: see asm/batch/rows.ts. */
const KINDS: readonly string[] = [
  "a sample",
  "a histogram",
  "a histogram with custom buckets",
  "an exemplar",
];

/** Names the first signal of the last request that was older than the cutoff. */
export function expiredText(instance: KernelInstance, cutoffMs: number): string {
  const timestampMs = instance.slot(layout.SLOT_EXPIRED_MS);
  const metric = nameIn(instance, layout.SLOT_EXPIRED_NAME_AT, layout.SLOT_EXPIRED_NAME_BYTES);
  const oldest = `${Math.ceil(cutoffMs)}${dateOf(cutoffMs)}`;
  const fault = unitFault(timestampMs) ??
    `${timestampMs}${dateOf(timestampMs)} is before ${oldest}`;
  return `metric ${metric}: timestamp ${fault}`;
}

/** Names the first signal of the last request that the file format cannot carry. */
export function unsupportedText(instance: KernelInstance): string {
  const metric = nameIn(
    instance,
    layout.SLOT_UNSUPPORTED_NAME_AT,
    layout.SLOT_UNSUPPORTED_NAME_BYTES,
  );
  const kind = KINDS[instance.slot(layout.SLOT_UNSUPPORTED_KIND)] ?? "a signal";
  return `metric ${metric}: ${kind} with timestamp ${instance.slot(layout.SLOT_UNSUPPORTED_MS)}`;
}

/** A name that the last call left, quoted. */
export function nameIn(instance: KernelInstance, slotAt: number, slotBytes: number): string {
  const bytes = Math.min(instance.slot(slotBytes), NAME_BYTES_SHOWN);
  return JSON.stringify(new TextDecoder().decode(instance.copy(instance.slot(slotAt), bytes)));
}

/** For people, where it is a date of our era. */
function dateOf(timestampMs: number): string {
  const date = new Date(Math.ceil(timestampMs));
  const isOurs = date.getTime() >= 0 && date.getUTCFullYear() < 10_000;
  return isOurs ? ` (${date.toISOString()})` : "";
}
