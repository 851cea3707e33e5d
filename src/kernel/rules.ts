import type { WriterRules } from "../contracts.ts";

/** What a writer does unless it is told otherwise. */
export const DEFAULT_RULES: WriterRules = {
  format: "walq.metrics.v1",
  names: "utf8",
  labelLimit: 0,
  labelNameLengthLimit: 0,
  labelValueLengthLimit: 0,
};
