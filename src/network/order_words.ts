/**
 * What receivers say of samples that come late, in the first line of a refusal:
 *
 * - Prometheus: "out of order sample", "out of bounds", "too old sample"; Thanos and Cortex the same
 *   with words around them
 * - Mimir: "err-mimir-sample-out-of-order", "err-mimir-sample-timestamp-too-old"
 * - Google Cloud: "Points must be written in order"
 */
const LATE =
  /out[- ]of[- ](?:order|bounds)|\btoo[- ]old\b|\bwritten in order\b|\btoo far in the past\b/i;
/** Labels may have any word in them. */
const QUOTED = /"[^"]*"|\{[^}]*\}/g;
/** Thanos says it of samples that are late or there already, whatever the words. */
const CONFLICT = /^HTTP 409\b/;

/** Whether a refusal, as a log line has it, is about samples that came too late behind others. */
export function saysTooLate(reason: string): boolean {
  return CONFLICT.test(reason) || LATE.test(reason.replace(QUOTED, " "));
}
