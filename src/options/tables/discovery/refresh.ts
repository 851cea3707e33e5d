import { defaulted } from "../../block.ts";
import { duration } from "../../kinds.ts";
import type { Bounded, Kind, Option } from "../../table.ts";
import type { Duration } from "../../values.ts";

/** How often a discovery looks. */
export function refreshInterval(
  fallback: string,
): Option<Kind<Duration, number, "Ms"> & Bounded, "defaulted"> {
  return defaulted(duration("100ms", "24d"), fallback, {
    doc: "How often it is looked for targets.",
    file: { key: "refresh_interval", clamps: true, defaultsAtZero: true },
  });
}
