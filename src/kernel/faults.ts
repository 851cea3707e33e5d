/** The kernel's codes in words: what was got, what was wanted, where. */
import { unitFault } from "../time_unit.ts";
import type { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";
import { nameIn } from "./refused_text.ts";

const WIRE_TYPES: readonly string[] = [
  "varint (0)",
  "64-bit (1)",
  "length-delimited (2)",
  "start group (3)",
  "end group (4)",
  "32-bit (5)",
  "6",
  "7",
];

const MESSAGEPACK_TYPES: readonly string[] = [
  "a map",
  "an array",
  "a string",
  "a number",
  "a value",
];

function wireFault(got: number, wanted: number): string {
  if (got > 7) return `packed doubles of ${got} bytes, wanted a multiple of ${wanted}`;
  const expected = wanted < 0 ? "one that proto3 has" : WIRE_TYPES[wanted];
  return `wire type ${WIRE_TYPES[got]}, wanted ${expected}`;
}

/** What each fault says, but for where it happened. */
function describe(code: number, got: number, wanted: number): string {
  switch (code) {
    case layout.FAULT_VARINT_TRUNCATED:
      return `a varint cut off after ${got} bytes, wanted its last byte`;
    case layout.FAULT_VARINT_OVERFLOW:
      return "a varint over 64 bits, wanted at most 10 bytes";
    case layout.FAULT_FIELD_NUMBER:
      return `field number ${got}, wanted 1 to ${wanted}`;
    case layout.FAULT_WIRE_TYPE:
      return wireFault(got, wanted);
    case layout.FAULT_HANDLE:
      return `the handle ${got}, wanted one of a label set that is kept`;
    case layout.FAULT_LENGTH:
      return `length ${got}, wanted at most the ${wanted} bytes left`;
    case layout.FAULT_FIXED_TRUNCATED:
    case layout.FAULT_TRUNCATED:
      return `${got} bytes left, wanted ${wanted}`;
    case layout.FAULT_SNAPPY_HEADER:
      return "no snappy header, wanted a varint of at most 32 bits";
    case layout.FAULT_SNAPPY_LIMIT:
      return `${got} bytes uncompressed, wanted at most ${wanted}`;
    case layout.FAULT_SNAPPY_INPUT:
      return `a snappy element with ${got} bytes left, wanted ${wanted}`;
    case layout.FAULT_SNAPPY_OFFSET:
      return `a snappy copy from ${got} bytes back, wanted 1 to ${wanted}`;
    case layout.FAULT_SNAPPY_OUTPUT:
      return `snappy data for ${got} bytes, wanted ${wanted}`;
    case layout.FAULT_SNAPPY_FRAME:
      return `a snappy frame of ${got} bytes, wanted ${wanted}`;
    default:
      return describeMessagePack(code, got, wanted);
  }
}

function describeMessagePack(code: number, got: number, wanted: number): string {
  switch (code) {
    case layout.FAULT_TYPE:
      return `type byte 0x${got.toString(16)}, wanted ${MESSAGEPACK_TYPES[wanted]}`;
    case layout.FAULT_COUNT:
      return `a count of ${got}, wanted no more than the ${wanted} bytes left can hold`;
    case layout.FAULT_DEPTH:
      return `values nested ${got} deep, wanted at most ${wanted}`;
    case layout.FAULT_RANGE:
      return `the number ${got}, wanted at most ${wanted} and not below the type's range`;
    case layout.FAULT_KEY_MISSING:
      return "a map without all the keys that it must have";
    case layout.FAULT_KEY_TWICE:
      return "a key for the second time, wanted it once";
    case layout.FAULT_TRAILING:
      return `${got} more bytes, wanted the end`;
    case layout.FAULT_INDEX:
      return `string index ${got}, wanted less than ${wanted}`;
    case layout.FAULT_LABEL_COUNT:
      return `${got} label names, wanted as many as the ${wanted} values`;
    default:
      return describeColumns(code, got, wanted);
  }
}

/** Faults of walq's own format, and those that any batch may have. */
function describeColumns(code: number, got: number, wanted: number): string {
  switch (code) {
    case layout.FAULT_MAGIC:
      return `0x${got.toString(16)}, wanted 0x${wanted.toString(16)}`;
    case layout.FAULT_SECTION:
      return `section ${got} after section ${wanted}, wanted a larger one that is known`;
    case layout.FAULT_SECTION_BYTES:
      return `a section for ${got} entries, wanted one that has ${wanted} and ends there`;
    case layout.FAULT_SET:
      return `the number ${got}, wanted one that refers to what is there (${wanted})`;
    case layout.FAULT_VALUE_CODE:
      return `control byte ${got}, wanted one whose value is in the ${wanted} bytes left`;
    case layout.FAULT_KIND:
      return `a row of kind ${got}, wanted at most ${wanted}`;
    case layout.FAULT_UTF8:
      return `${got} bytes that are not UTF-8`;
    case layout.FAULT_HISTOGRAM:
      return `a histogram that breaks rule ${got}`;
    case layout.FAULT_SYMBOLS:
      return `${got} symbols, wanted the first one to be empty`;
    case layout.FAULT_RECORD:
      return `record type ${got}, wanted at most ${wanted}`;
    case layout.FAULT_BATCH_ROWS:
      return `${got} signals, wanted at most ${wanted} in a batch`;
    case layout.FAULT_NAMED_BYTES:
      return `labels of ${got} bytes in all, wanted at most ${wanted} when they are written out`;
    case layout.FAULT_REQUEST_MEMORY:
      return `signals, labels and strings that take ${got} bytes of memory, wanted at most ${wanted}`;
    case layout.FAULT_REQUEST_THINGS:
      return `${got} series, labels, signals and symbols, wanted at most ${wanted}`;
    case layout.FAULT_ENTRIES:
      return `${got} entries, wanted at most ${wanted} of their kind in a batch`;
    default:
      return `unknown fault ${code}`;
  }
}

/** The fault that the last call returned, as the end of a message. */
export function faultText(instance: KernelInstance, code: number): string {
  const got = instance.slot(layout.SLOT_FAULT_GOT);
  const wanted = instance.slot(layout.SLOT_FAULT_WANTED);
  return `got ${describe(code, got, wanted)} at byte ${instance.slot(layout.SLOT_FAULT_AT)}`;
}

/** What a rule's message is made of. */
interface Broken {
  /** The label's name, quoted. */
  readonly name: string;
  readonly got: number;
  readonly limit: number;
}

/** The rule that the first invalid series of the last request broke. */
export function ruleText(instance: KernelInstance): string | undefined {
  const rule = instance.slot(layout.SLOT_INVALID_RULE);
  if (rule === layout.RULE_NONE) return undefined;
  const text = describeRule(rule, {
    name: nameIn(instance, layout.SLOT_INVALID_NAME_AT, layout.SLOT_INVALID_NAME_BYTES),
    got: instance.slot(layout.SLOT_INVALID_GOT),
    limit: instance.slot(layout.SLOT_INVALID_LIMIT),
  });
  const hasName = instance.slot(layout.SLOT_SERIES_NAME_BYTES) > 0;
  const metric = hasName
    ? `metric ${nameIn(instance, layout.SLOT_SERIES_NAME_AT, layout.SLOT_SERIES_NAME_BYTES)}: `
    : "";
  const place = instance.slot(layout.SLOT_INVALID_AT);
  return `${metric}${text} in the series at byte ${place} of the request`;
}

function describeRule(rule: number, broken: Broken): string {
  const { name, got, limit } = broken;
  switch (rule) {
    case layout.RULE_EMPTY_NAME:
      return "empty label name";
    case layout.RULE_DUPLICATE:
      return `label ${name} twice`;
    case layout.RULE_NO_METRIC_NAME:
      return 'no label "__name__"';
    case layout.RULE_NAME_UTF8:
      return `label name ${name} is not UTF-8`;
    case layout.RULE_VALUE_UTF8:
      return `value of label ${name} is not UTF-8`;
    case layout.RULE_TOO_LARGE:
      return `labels or a histogram over ${layout.SERIES_BYTES_MAX} bytes`;
    case layout.RULE_LABEL_COUNT:
      return `more than ${limit} labels (label_limit)`;
    case layout.RULE_NAME_LENGTH:
      return `label name ${name} over ${limit} bytes (label_name_length_limit)`;
    case layout.RULE_VALUE_LENGTH:
      return `value of label ${name} over ${limit} bytes (label_value_length_limit)`;
    case layout.RULE_NAME_LEGACY:
      return `label ${name} or its metric name breaks the legacy name scheme`;
    case layout.RULE_TIMESTAMP:
      return `timestamp ${unitFault(got) ?? got}`;
    default:
      return describeSignalRule(rule, broken);
  }
}

function describeSignalRule(rule: number, { got, limit }: Broken): string {
  switch (rule) {
    case layout.RULE_REFERENCE:
      return `label reference ${got} of ${limit} symbols`;
    case layout.RULE_REFERENCES_ODD:
      return "label references that are odd in number";
    case layout.RULE_EXEMPLAR_REFERENCE:
      return `an exemplar's label reference ${got} of ${limit} symbols`;
    case layout.RULE_EXEMPLAR_REFERENCES_ODD:
      return "an exemplar's label references that are odd in number";
    case layout.RULE_HELP_REFERENCE:
      return `metadata help reference ${got} of ${limit} symbols`;
    case layout.RULE_UNIT_REFERENCE:
      return `metadata unit reference ${got} of ${limit} symbols`;
    case layout.RULE_SAMPLES_AND_HISTOGRAMS:
      return "samples and histograms together";
    case layout.RULE_NO_SIGNAL:
      return "no sample, histogram or exemplar";
    case layout.RULE_HISTOGRAM_SCHEMA:
      return "a histogram with a schema that is not -4 to 8 or -53";
    case layout.RULE_HISTOGRAM_SPANS:
      return "a histogram whose spans do not fit its buckets";
    case layout.RULE_HISTOGRAM_BUCKETS:
      return "a histogram with a negative bucket, or with buckets of the other kind";
    case layout.RULE_HISTOGRAM_COUNT:
      return "a histogram whose count does not fit its buckets";
    case layout.RULE_HISTOGRAM_CUSTOM:
      return "a histogram whose custom buckets do not fit its schema";
    case layout.RULE_EXEMPLAR_LABELS:
      return "an exemplar with a label name that is empty or comes twice, or with text that is not UTF-8";
    case layout.RULE_METADATA:
      return "metadata without a family, of an unknown type, or with text that is not UTF-8";
    default:
      return `unknown rule ${rule}`;
  }
}
