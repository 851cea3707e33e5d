import { formatDuration, parseDuration } from "../../duration.ts";
import { formatSize, parseLargeSize } from "../../size.ts";
import type { FileKey } from "./file_block.ts";

/** What is used in the place of what Prometheus takes and walq has not. */
interface Clamped {
  readonly value: unknown;
  readonly why: string;
}

/** Undefined for what is within its bounds, or what Prometheus does not take either: its check tells that. */
export function clamp(option: unknown, known: FileKey): Clamped | undefined {
  const { row: { kind, ...row }, clamps, defaultsAtZero } = known;
  if (!clamps) return undefined;
  const isDuration = kind.written === "duration";
  const isSize = kind.given === "Size";
  const value = isDuration || isSize ? written(option, isSize) : option;
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  const shown = (bound: number): unknown => {
    if (isDuration) return formatDuration(bound);
    return isSize ? formatSize(bound) : bound;
  };
  if (value === 0 && defaultsAtZero) {
    return { value: row.default, why: "with 0 nothing would work, and this is the default" };
  }
  if (value > kind.max!) return { value: shown(kind.max!), why: "walq has no more" };
  // Of a count that is too small Prometheus makes nothing either.
  if (isDuration && value < kind.min!) return { value: shown(kind.min!), why: "walq has no less" };
  return undefined;
}

function written(option: unknown, isSize: boolean): unknown {
  if (typeof option !== "string") return option;
  return isSize ? parseLargeSize(option) : parseDuration(option);
}
