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
export const SLOT_OLDEST_MS: i32 = 17;
export const SLOT_NEWEST_MS: i32 = 18;
export const SLOT_KEPT_AT: i32 = 19;
export const SLOT_KEPT_COUNT: i32 = 20;
export const SLOT_CHECKSUM_LOW: i32 = 21;
export const SLOT_CHECKSUM_HIGH: i32 = 22;
// How many of the signals that were accepted, encoded, loaded or sealed are of each kind. Metadata has its
// slot above.
export const SLOT_SAMPLES: i32 = 23;
export const SLOT_HISTOGRAMS: i32 = 24;
export const SLOT_EXEMPLARS: i32 = 25;
// Signals that route passed over, by reason. Those that were too old, invalid or unsupported have their
// slots above.
export const SLOT_FILTERED: i32 = 26;
export const SLOT_CUSTOM_IN_V1: i32 = 27;
export const SLOT_EXEMPLARS_ALONE: i32 = 28;
export const SLOT_METADATA_ALONE: i32 = 29;
// Metadata entries that the endpoint has answered for before.
export const SLOT_METADATA_KNOWN: i32 = 30;
// Start timestamps that were left out, because the protocol cannot carry them.
export const SLOT_STARTS_OMITTED: i32 = 31;
// The number of a sealed request, for settleRequest.
export const SLOT_REQUEST: i32 = 32;
// What the rule that was broken allows, for rules with a limit.
export const SLOT_INVALID_LIMIT: i32 = 33;
// How many signals a loaded batch has by its own header.
export const SLOT_COUNTED: i32 = 34;
// What is told of the first signal that addRequest refused as too old, and of the first that the format
// cannot carry.
export const SLOT_EXPIRED_MS: i32 = 35;
export const SLOT_EXPIRED_NAME_AT: i32 = 36;
export const SLOT_EXPIRED_NAME_BYTES: i32 = 37;
export const SLOT_UNSUPPORTED_MS: i32 = 38;
export const SLOT_UNSUPPORTED_NAME_AT: i32 = 39;
export const SLOT_UNSUPPORTED_NAME_BYTES: i32 = 40;
export const SLOT_UNSUPPORTED_KIND: i32 = 41;
// The number that broke the rule, for rules about a number.
export const SLOT_INVALID_GOT: i32 = 43;
// The metric name of the series that broke the rule, or the family of the metadata entry.
export const SLOT_SERIES_NAME_AT: i32 = 44;
export const SLOT_SERIES_NAME_BYTES: i32 = 45;
// Bytes that the open batch takes in memory.
export const SLOT_HELD_BYTES: i32 = 46;
// What rules have dropped of a batch: their series, and series that they made too large.
export const SLOT_DROPPED_SERIES: i32 = 47;
export const SLOT_RELABELED_TOO_LARGE: i32 = 48;
// Label sets of a batch that no rule has seen yet: where they are listed, where their ids are, and the strings of these.
export const SLOT_UNDECIDED_AT: i32 = 49;
export const SLOT_LABEL_IDS_AT: i32 = 50;
export const SLOT_STRINGS_AT: i32 = 51;
export const SLOT_STRING_COUNT: i32 = 52;
// Label sets that rules made the same as another one's; and where the ids of the first are, and how many labels it has.
export const SLOT_MERGED: i32 = 53;
export const SLOT_MERGED_IDS_AT: i32 = 54;
export const SLOT_MERGED_LABELS: i32 = 55;
// What was read from a page (contracts/scrape.ts, PageCounts).
export const SLOT_PAGE_SCRAPED: i32 = 56;
export const SLOT_PAGE_KEPT: i32 = 57;
export const SLOT_PAGE_ADDED: i32 = 58;
export const SLOT_PAGE_DUPLICATES: i32 = 59;
export const SLOT_PAGE_AHEAD: i32 = 60;
export const SLOT_PAGE_EXEMPLARS: i32 = 61;
// What is told in words and texts: series that relabeling is asked about, or families.
export const SLOT_ASKED_WORDS_AT: i32 = 62;
export const SLOT_ASKED_TEXTS_AT: i32 = 63;
export const SLOT_ASKED_TEXT_BYTES: i32 = 64;
// Whether a page says something of its families that the one before did not.
export const SLOT_PAGE_SAYS_NEW: i32 = 65;
// Handles of kept label sets that the request asked for: where they are, and how many bytes they take.
export const SLOT_HANDLES_AT: i32 = 66;
export const SLOT_HANDLES_BYTES: i32 = 67;
// The batch that was encoded in short form: where it is, and how many bytes it takes, 0 if it has none.
export const SLOT_HANDED_AT: i32 = 68;
export const SLOT_HANDED_BYTES: i32 = 69;
// What a loaded batch has, where somebody wants to look at it: its rows, histograms, metadata entries and
// switches of these, and how many there are.
export const SLOT_ROWS_AT: i32 = 70;
export const SLOT_ROW_COUNT: i32 = 71;
export const SLOT_BLOBS_AT: i32 = 72;
export const SLOT_ENTRIES_AT: i32 = 73;
export const SLOT_ENTRY_COUNT: i32 = 74;
export const SLOT_SWITCHES_AT: i32 = 75;
export const SLOT_SWITCH_COUNT: i32 = 76;
export const SLOT_COUNT: i32 = 77;

// The message that a request is: remote write 1.0, remote write 2.0, what the appender writes, which is
// 1.0 with start timestamps, or what scraping writes, which is that with handles of label sets.
export const MESSAGE_V1: i32 = 0;
export const MESSAGE_V2: i32 = 1;
export const MESSAGE_APPENDED: i32 = 2;
export const MESSAGE_SCRAPED: i32 = 3;

// The format of a page.
export const PAGE_TEXT: i32 = 0;
export const PAGE_OPEN_METRICS: i32 = 1;
export const PAGE_PROTOBUF: i32 = 2;

// Bits of the rules that a page is read by (contracts/scrape.ts, PageRules).
export const PAGE_HONORS_TIMESTAMPS: i32 = 1;
export const PAGE_TRACKS_TIMESTAMPS: i32 = 2;
export const PAGE_TAKES_NATIVE: i32 = 4;
export const PAGE_KEEPS_CLASSIC: i32 = 8;
export const PAGE_MAKES_CUSTOM: i32 = 16;
export const PAGE_READS_CREATED: i32 = 32;
export const PAGE_TELLS_NO_ENDS: i32 = 64;
export const PAGE_REFUSES_TIMESTAMPS: i32 = 128;

// What rules made of a label set: other labels, or the reason why it is not sent.
export const RELABELED: i32 = 0;
export const RELABELED_DROPPED: i32 = 1;
export const RELABELED_TOO_LARGE: i32 = 2;
export const RELABELED_UNSUPPORTED: i32 = 3;

// Which signals of a sealed request are kept.
export const KEEP_FRESH: i32 = 0;
export const KEEP_FIRST_HALF: i32 = 1;
export const KEEP_SECOND_HALF: i32 = 2;

// The format of a file.
export const FORMAT_WALQ_V1: i32 = 0;
export const FORMAT_ALLOY_V1: i32 = 1;
export const FORMAT_ALLOY_V2: i32 = 2;

// Bits for the kinds of signals that a reader sends.
export const SENDS_SAMPLES: i32 = 1;
export const SENDS_HISTOGRAMS: i32 = 2;
export const SENDS_EXEMPLARS: i32 = 4;
export const SENDS_METADATA: i32 = 8;

// Which names of labels are valid.
export const NAMES_UTF8: i32 = 0;
export const NAMES_LEGACY: i32 = 1;

// How input is compressed.
export const COMPRESSION_NONE: i32 = 0;
export const COMPRESSION_SNAPPY: i32 = 1;

// What a call answers; 0 is success.
// Faults in protobuf:
export const FAULT_NONE: i32 = 0;
export const FAULT_VARINT_TRUNCATED: i32 = 1;
export const FAULT_VARINT_OVERFLOW: i32 = 2;
export const FAULT_FIELD_NUMBER: i32 = 3;
export const FAULT_WIRE_TYPE: i32 = 4;
export const FAULT_LENGTH: i32 = 5;
export const FAULT_FIXED_TRUNCATED: i32 = 6;
// Faults in snappy:
export const FAULT_SNAPPY_HEADER: i32 = 10;
export const FAULT_SNAPPY_LIMIT: i32 = 11;
export const FAULT_SNAPPY_INPUT: i32 = 12;
export const FAULT_SNAPPY_OFFSET: i32 = 13;
export const FAULT_SNAPPY_OUTPUT: i32 = 14;
export const FAULT_SNAPPY_FRAME: i32 = 15;
// Faults in MessagePack:
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
// Faults in walq's own format:
export const FAULT_MAGIC: i32 = 40;
export const FAULT_SECTION: i32 = 41;
export const FAULT_SECTION_BYTES: i32 = 43;
export const FAULT_SET: i32 = 45;
export const FAULT_VALUE_CODE: i32 = 46;
export const FAULT_KIND: i32 = 47;
export const FAULT_UTF8: i32 = 48;
export const FAULT_HISTOGRAM: i32 = 49;
// Faults in the symbols of remote write 2.0:
export const FAULT_SYMBOLS: i32 = 60;
// Faults in Alloy v2:
export const FAULT_RECORD: i32 = 70;
// A request would make the batch have more rows than it may.
export const FAULT_BATCH_ROWS: i32 = 80;
// A file has more entries of one kind than fit into one block of memory.
export const FAULT_ENTRIES: i32 = 81;
// The labels of a remote write 2.0 request would be too long if they were written out.
export const FAULT_NAMED_BYTES: i32 = 82;
// A request would take more memory, or has more items to look at, than one request may cost.
export const FAULT_REQUEST_MEMORY: i32 = 83;
export const FAULT_REQUEST_THINGS: i32 = 84;
// A handle of a label set that the writer does not keep.
export const FAULT_HANDLE: i32 = 85;
// A page in a text format: what may stand at the place of the fault.
export const FAULT_PAGE_LINE_START: i32 = 90;
export const FAULT_PAGE_LABEL_NAME: i32 = 91;
export const FAULT_PAGE_EQUAL: i32 = 92;
export const FAULT_PAGE_LABEL_VALUE: i32 = 93;
export const FAULT_PAGE_QUOTE: i32 = 94;
export const FAULT_PAGE_COMMA: i32 = 95;
export const FAULT_PAGE_NUMBER: i32 = 96;
export const FAULT_PAGE_RANGE: i32 = 97;
export const FAULT_PAGE_TIMESTAMP: i32 = 98;
export const FAULT_PAGE_LINE_END: i32 = 99;
export const FAULT_PAGE_METADATA_NAME: i32 = 100;
export const FAULT_PAGE_METADATA_TEXT: i32 = 101;
export const FAULT_PAGE_TYPE: i32 = 102;
export const FAULT_PAGE_UNIT: i32 = 103;
export const FAULT_PAGE_EOF: i32 = 104;
export const FAULT_PAGE_BEHIND_EOF: i32 = 105;
// What a series of a page may not be.
export const FAULT_PAGE_NAME_TWICE: i32 = 106;
export const FAULT_PAGE_NO_NAME: i32 = 107;
// A page has more than it may, or than there is memory for.
export const FAULT_PAGE_SAMPLES: i32 = 108;
export const FAULT_PAGE_BUCKETS: i32 = 109;
export const FAULT_PAGE_MEMORY: i32 = 110;
// What a family or a histogram of a page may not be.
export const FAULT_PAGE_FAMILY: i32 = 111;
export const FAULT_PAGE_HISTOGRAM: i32 = 112;
// A timestamp in what is pushed as it is now.
export const FAULT_PAGE_TIMED: i32 = 113;

// The rule that a series, or a signal of it, broke.
export const RULE_NONE: i32 = 0;
export const RULE_EMPTY_NAME: i32 = 1;
export const RULE_DUPLICATE: i32 = 2;
export const RULE_NO_METRIC_NAME: i32 = 3;
export const RULE_NAME_UTF8: i32 = 4;
export const RULE_VALUE_UTF8: i32 = 5;
export const RULE_TOO_LARGE: i32 = 6;
export const RULE_LABEL_COUNT: i32 = 7;
export const RULE_NAME_LENGTH: i32 = 8;
export const RULE_VALUE_LENGTH: i32 = 9;
export const RULE_NAME_LEGACY: i32 = 10;
export const RULE_REFERENCE: i32 = 11;
export const RULE_SAMPLES_AND_HISTOGRAMS: i32 = 12;
export const RULE_NO_SIGNAL: i32 = 13;
export const RULE_HISTOGRAM_SCHEMA: i32 = 14;
export const RULE_HISTOGRAM_SPANS: i32 = 15;
export const RULE_HISTOGRAM_BUCKETS: i32 = 16;
export const RULE_HISTOGRAM_COUNT: i32 = 17;
export const RULE_HISTOGRAM_CUSTOM: i32 = 18;
export const RULE_EXEMPLAR_LABELS: i32 = 19;
export const RULE_METADATA: i32 = 20;
export const RULE_TIMESTAMP: i32 = 21;
// References of remote write 2.0 to symbols that do not exist, or an odd number of references.
export const RULE_REFERENCES_ODD: i32 = 22;
export const RULE_EXEMPLAR_REFERENCE: i32 = 23;
export const RULE_EXEMPLAR_REFERENCES_ODD: i32 = 24;
export const RULE_HELP_REFERENCE: i32 = 25;
export const RULE_UNIT_REFERENCE: i32 = 26;

/** A row of a batch in short form that comes with its labels: the highest bit of its word. */
export const HANDED_INLINE: u32 = 0x80000000;

/** Labels of one series may have this many bytes in all; a series with more is invalid. */
export const SERIES_BYTES_MAX: usize = 1024 * 1024;
/**
 * What is made of a request may take as much memory as a request may have bytes, and
 * this on top. Dense requests take more memory than they have bytes.
 */
export const REQUEST_MEMORY_MIN: usize = 8 * 1024 * 1024;
/**
 * A request may have one series, label, signal or symbol for each of this many bytes of
 * its largest allowed size, and REQUEST_THINGS_MIN on top.
 */
export const REQUEST_BYTES_A_THING: u64 = 8;
export const REQUEST_THINGS_MIN: u32 = 65536;
/**
 * The labels that a remote write 2.0 request refers to may have this many times as many
 * bytes as a request may have. Each reference makes the kernel hash or compare the
 * bytes of its symbol again.
 */
export const REQUEST_NAMED_FACTOR: u64 = 16;

/**
 * A histogram in the form that files have takes no more than this. It is SERIES_BYTES_MAX,
 * which its message may have, and a little for scalars that are always written there.
 */
export const HISTOGRAM_BYTES_MAX: usize = 1024 * 1024 + 128;

/** A shard's request is full at this many bytes, however few signals it has. */
export const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;
/** A row that would take more than this in a request is not sent: it counts as unsupported. */
export const ROW_BYTES_MAX: usize = 4 * 1024 * 1024;
/** A row has at most so many labels: each takes eight bytes of a request at least. */
export const LABELS_MAX: usize = 512 * 1024;

/** A batch has at most this many rows: what is made of one stays below 1 GiB. */
export const BATCH_ROWS_MAX: usize = 16 * 1024 * 1024;

/** Where a batch is parted, the metadata that is in more parts than one takes no more than this for its copies. */
export const PART_COPIES_BYTES_MAX: usize = 16 * 1024 * 1024;
