/** Metadata of families as a part of a request of remote write 1.0 (prompb/types.proto, `MetricMetadata`). */
import { MessageWriter } from "./protobuf.ts";
import type { MetricType } from "./types.ts";

/** The types by their numbers there. */
export const METRIC_TYPES: readonly MetricType[] = [
  "unknown",
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
];

const METADATA = 3;
const [TYPE, FAMILY, HELP, UNIT] = [1, 2, 4, 5];

/** What is said of a family; a type that nobody knows is unknown. */
interface Said {
  readonly family: string;
  readonly type: string;
  readonly help?: string | undefined;
  readonly unit?: string | undefined;
}

/** Adds `metadata = 3` to a request. */
export function putMetadata(
  request: MessageWriter,
  { family, type, help, unit }: Said,
): MessageWriter {
  const number = Math.max(0, METRIC_TYPES.findIndex((known) => known === type));
  const entry = new MessageWriter().number(TYPE, number).text(FAMILY, family);
  if (help) entry.text(HELP, help);
  if (unit) entry.text(UNIT, unit);
  return request.message(METADATA, entry);
}
