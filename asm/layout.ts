/**
 * Numbers that the kernel and its binding share; src/kernel/layout.ts has the
 * same names and the build holds the two files against each other.
 */

// Slots of the result area, f64 each. A call leaves there what does not fit its return value.
export const SLOT_FAULT_AT: i32 = 0;
export const SLOT_FAULT_GOT: i32 = 1;
export const SLOT_FAULT_WANTED: i32 = 2;
export const SLOT_ACCEPTED: i32 = 3;
export const SLOT_EXPIRED: i32 = 4;
export const SLOT_INVALID: i32 = 5;
export const SLOT_UNSUPPORTED: i32 = 6;
export const SLOT_INVALID_RULE: i32 = 7;
export const SLOT_INVALID_AT: i32 = 8;
export const SLOT_INVALID_NAME_AT: i32 = 9;
export const SLOT_INVALID_NAME_BYTES: i32 = 10;
export const SLOT_DATA_AT: i32 = 11;
export const SLOT_DATA_BYTES: i32 = 12;
export const SLOT_RAW_BYTES: i32 = 13;
export const SLOT_SIGNALS: i32 = 14;
export const SLOT_METADATA: i32 = 15;
export const SLOT_STRINGS: i32 = 16;
export const SLOT_OLDEST: i32 = 17;
export const SLOT_NEWEST: i32 = 18;
export const SLOT_KEPT_AT: i32 = 19;
export const SLOT_KEPT_COUNT: i32 = 20;
export const SLOT_CHECKSUM_LOW: i32 = 21;
export const SLOT_CHECKSUM_HIGH: i32 = 22;
export const SLOT_COUNT: i32 = 23;

// How input is compressed.
export const COMPRESSION_NONE: i32 = 0;
export const COMPRESSION_SNAPPY: i32 = 1;

// What a call answers; 0 is success. The faults of protobuf,
export const FAULT_NONE: i32 = 0;
export const FAULT_VARINT_TRUNCATED: i32 = 1;
export const FAULT_VARINT_OVERFLOW: i32 = 2;
export const FAULT_FIELD_NUMBER: i32 = 3;
export const FAULT_WIRE_TYPE: i32 = 4;
export const FAULT_LENGTH: i32 = 5;
export const FAULT_FIXED_TRUNCATED: i32 = 6;
// of snappy,
export const FAULT_SNAPPY_HEADER: i32 = 10;
export const FAULT_SNAPPY_LIMIT: i32 = 11;
export const FAULT_SNAPPY_INPUT: i32 = 12;
export const FAULT_SNAPPY_OFFSET: i32 = 13;
export const FAULT_SNAPPY_OUTPUT: i32 = 14;
export const FAULT_SNAPPY_FRAME: i32 = 15;
// and of MessagePack.
export const FAULT_TRUNCATED: i32 = 20;
export const FAULT_TYPE: i32 = 21;
export const FAULT_COUNT: i32 = 22;
export const FAULT_DEPTH: i32 = 23;
export const FAULT_RANGE: i32 = 24;
export const FAULT_KEY_MISSING: i32 = 25;
export const FAULT_KEY_TWICE: i32 = 26;
export const FAULT_TRAILING: i32 = 27;
export const FAULT_INDEX: i32 = 28;
export const FAULT_LABEL_COUNT: i32 = 29;

// The label rule that a series broke.
export const RULE_NONE: i32 = 0;
export const RULE_EMPTY_NAME: i32 = 1;
export const RULE_DUPLICATE: i32 = 2;
export const RULE_NO_METRIC_NAME: i32 = 3;
export const RULE_NAME_UTF8: i32 = 4;
export const RULE_VALUE_UTF8: i32 = 5;
export const RULE_TOO_LARGE: i32 = 6;

/** Labels of one series may have this many bytes in all; a series with more is invalid. */
export const SERIES_BYTES_MAX: usize = 1024 * 1024;

/** A shard's request is full at this many bytes, however few signals it has. */
export const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/** A row that would take more than this in a request is not sent: it counts as unsupported. */
export const ROW_BYTES_MAX: usize = 4 * 1024 * 1024;
