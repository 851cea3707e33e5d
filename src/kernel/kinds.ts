import type { SignalCounts } from "../types.ts";
import type { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";

/** How many signals the last call left, by kind. */
export function kindsIn(instance: KernelInstance): SignalCounts {
  return {
    samples: instance.slot(layout.SLOT_SAMPLES),
    histograms: instance.slot(layout.SLOT_HISTOGRAMS),
    exemplars: instance.slot(layout.SLOT_EXEMPLARS),
    metadata: instance.slot(layout.SLOT_METADATA),
  };
}
