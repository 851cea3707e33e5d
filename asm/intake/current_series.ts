/** The series that is being taken in: its signals, and what its metric is called. Its labels are in labels_intake.ts. */
import { KeptSet, NO_FIELDS } from "./kept/sets";
import { labels } from "./labels_intake";
import { findMetric, findMetricInFields, findMetricInSet } from "./metric_name";
import { Buffer, createBuffer } from "../bytes/memory";

/** The signals of the current series, each a `Sample`. */
export const samples: Buffer = createBuffer();

/** The kept set with the labels of the current series. There is none if they were collected. */
let subject: KeptSet | null = null;

// @ts-ignore: decorator
@inline
export function setSubject(set: KeptSet | null): void {
  subject = set;
}

/** Finds the name of the current metric. */
export function findSubject(): void {
  const set = subject;
  if (set == null) findMetric(labels.at, labels.at + labels.length);
  else if (set.bytes == NO_FIELDS) findMetricInSet(set.names.stringsAt, set.valuesAt, set.names.count);
  else findMetricInFields(set.fieldsAt, set.fieldsAt + <usize> set.bytes);
}
