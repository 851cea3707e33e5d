/**
 * Numbers that the kernel and its binding share; asm/abi/layout.ts has the same
 * names and the build of the kernel holds the two files against each other.
 */

// Slots of the result area, f64 each. A call leaves there what does not fit its return value.
export const SLOT_FAULT_AT: number = 0;
export const SLOT_FAULT_GOT: number = 1;
export const SLOT_FAULT_WANTED: number = 2;
export const SLOT_ACCEPTED: number = 3;
export const SLOT_EXPIRED: number = 4;
export const SLOT_INVALID: number = 5;
export const SLOT_UNSUPPORTED: number = 6;
export const SLOT_INVALID_RULE: number = 7;
export const SLOT_INVALID_AT: number = 8;
export const SLOT_INVALID_NAME_AT: number = 9;
export const SLOT_INVALID_NAME_BYTES: number = 10;
export const SLOT_DATA_AT: number = 11;
export const SLOT_DATA_BYTES: number = 12;
export const SLOT_RAW_BYTES: number = 13;
export const SLOT_SIGNALS: number = 14;
export const SLOT_METADATA: number = 15;
export const SLOT_STRINGS: number = 16;
export const SLOT_OLDEST_MS: number = 17;
export const SLOT_NEWEST_MS: number = 18;
export const SLOT_KEPT_AT: number = 19;
export const SLOT_KEPT_COUNT: number = 20;
export const SLOT_CHECKSUM_LOW: number = 21;
export const SLOT_CHECKSUM_HIGH: number = 22;
// How many of the signals that were accepted, encoded, loaded or sealed are of each kind. Metadata has its
// slot above.
export const SLOT_SAMPLES: number = 23;
export const SLOT_HISTOGRAMS: number = 24;
export const SLOT_EXEMPLARS: number = 25;
// Signals that route passed over, by reason. Those that were too old, invalid or unsupported have their
// slots above.
export const SLOT_FILTERED: number = 26;
export const SLOT_CUSTOM_IN_V1: number = 27;
export const SLOT_EXEMPLARS_ALONE: number = 28;
export const SLOT_METADATA_ALONE: number = 29;
// Metadata entries that the endpoint has answered for before.
export const SLOT_METADATA_KNOWN: number = 30;
// Start timestamps that were left out, because the protocol cannot carry them.
export const SLOT_STARTS_OMITTED: number = 31;
// The number of a sealed request, for settleRequest.
export const SLOT_REQUEST: number = 32;
// What the rule that was broken allows, for rules with a limit.
export const SLOT_INVALID_LIMIT: number = 33;
// How many signals a loaded batch has by its own header.
export const SLOT_COUNTED: number = 34;
// What is told of the first signal that addRequest refused as too old, and of the first that the format
// cannot carry.
export const SLOT_EXPIRED_MS: number = 35;
export const SLOT_EXPIRED_NAME_AT: number = 36;
export const SLOT_EXPIRED_NAME_BYTES: number = 37;
export const SLOT_UNSUPPORTED_MS: number = 38;
export const SLOT_UNSUPPORTED_NAME_AT: number = 39;
export const SLOT_UNSUPPORTED_NAME_BYTES: number = 40;
export const SLOT_UNSUPPORTED_KIND: number = 41;
// The number that broke the rule, for rules about a number.
export const SLOT_INVALID_GOT: number = 43;
// The metric name of the series that broke the rule, or the family of the metadata entry.
export const SLOT_SERIES_NAME_AT: number = 44;
export const SLOT_SERIES_NAME_BYTES: number = 45;
// Bytes that the open batch takes in memory.
export const SLOT_HELD_BYTES: number = 46;
// What rules have dropped of a batch: their series, and series that they made too large.
export const SLOT_DROPPED_SERIES: number = 47;
export const SLOT_RELABELED_TOO_LARGE: number = 48;
// Label sets of a batch that no rule has seen yet: where they are listed, where their ids are, and the strings of these.
export const SLOT_UNDECIDED_AT: number = 49;
export const SLOT_LABEL_IDS_AT: number = 50;
export const SLOT_STRINGS_AT: number = 51;
export const SLOT_STRING_COUNT: number = 52;
// Label sets that rules made the same as another one's; and where the ids of the first are, and how many labels it has.
export const SLOT_MERGED: number = 53;
export const SLOT_MERGED_IDS_AT: number = 54;
export const SLOT_MERGED_LABELS: number = 55;
// What was read from a page (contracts/scrape.ts, PageCounts).
export const SLOT_PAGE_SCRAPED: number = 56;
export const SLOT_PAGE_KEPT: number = 57;
export const SLOT_PAGE_ADDED: number = 58;
export const SLOT_PAGE_DUPLICATES: number = 59;
export const SLOT_PAGE_AHEAD: number = 60;
export const SLOT_PAGE_EXEMPLARS: number = 61;
// What is told in words and texts: series that relabeling is asked about, or families.
export const SLOT_ASKED_WORDS_AT: number = 62;
export const SLOT_ASKED_TEXTS_AT: number = 63;
export const SLOT_ASKED_TEXT_BYTES: number = 64;
// Whether a page says something of its families that the one before did not.
export const SLOT_PAGE_SAYS_NEW: number = 65;
// Handles of kept label sets that the request asked for: where they are, and how many bytes they take.
export const SLOT_HANDLES_AT: number = 66;
export const SLOT_HANDLES_BYTES: number = 67;
// The batch that was encoded in short form: where it is, and how many bytes it takes, 0 if it has none.
export const SLOT_HANDED_AT: number = 68;
export const SLOT_HANDED_BYTES: number = 69;
// What a loaded batch has, where somebody wants to look at it: its rows, histograms, metadata entries and
// switches of these, and how many there are.
export const SLOT_ROWS_AT: number = 70;
export const SLOT_ROW_COUNT: number = 71;
export const SLOT_BLOBS_AT: number = 72;
export const SLOT_ENTRIES_AT: number = 73;
export const SLOT_ENTRY_COUNT: number = 74;
export const SLOT_SWITCHES_AT: number = 75;
export const SLOT_SWITCH_COUNT: number = 76;
export const SLOT_COUNT: number = 77;

// The message that a request is: remote write 1.0, remote write 2.0, what the appender writes, which is
// 1.0 with start timestamps, or what scraping writes, which is that with handles of label sets.
export const MESSAGE_V1: number = 0;
export const MESSAGE_V2: number = 1;
export const MESSAGE_APPENDED: number = 2;
export const MESSAGE_SCRAPED: number = 3;

// The format of a page.
export const PAGE_TEXT: number = 0;
export const PAGE_OPEN_METRICS: number = 1;
export const PAGE_PROTOBUF: number = 2;

// Bits of the rules that a page is read by (contracts/scrape.ts, PageRules).
export const PAGE_HONORS_TIMESTAMPS: number = 1;
export const PAGE_TRACKS_TIMESTAMPS: number = 2;
export const PAGE_TAKES_NATIVE: number = 4;
export const PAGE_KEEPS_CLASSIC: number = 8;
export const PAGE_MAKES_CUSTOM: number = 16;
export const PAGE_READS_CREATED: number = 32;
export const PAGE_TELLS_NO_ENDS: number = 64;
export const PAGE_REFUSES_TIMESTAMPS: number = 128;

// What rules made of a label set: other labels, or the reason why it is not sent.
export const RELABELED: number = 0;
export const RELABELED_DROPPED: number = 1;
export const RELABELED_TOO_LARGE: number = 2;
export const RELABELED_UNSUPPORTED: number = 3;

// Which signals of a sealed request are kept.
export const KEEP_FRESH: number = 0;
export const KEEP_FIRST_HALF: number = 1;
export const KEEP_SECOND_HALF: number = 2;

// The format of a file.
export const FORMAT_WALQ_V1: number = 0;
export const FORMAT_ALLOY_V1: number = 1;
export const FORMAT_ALLOY_V2: number = 2;

// Bits for the kinds of signals that a reader sends.
export const SENDS_SAMPLES: number = 1;
export const SENDS_HISTOGRAMS: number = 2;
export const SENDS_EXEMPLARS: number = 4;
export const SENDS_METADATA: number = 8;

// Which names of labels are valid.
export const NAMES_UTF8: number = 0;
export const NAMES_LEGACY: number = 1;

// How input is compressed.
export const COMPRESSION_NONE: number = 0;
export const COMPRESSION_SNAPPY: number = 1;

// What a call answers; 0 is success.
// Faults in protobuf:
export const FAULT_NONE: number = 0;
export const FAULT_VARINT_TRUNCATED: number = 1;
export const FAULT_VARINT_OVERFLOW: number = 2;
export const FAULT_FIELD_NUMBER: number = 3;
export const FAULT_WIRE_TYPE: number = 4;
export const FAULT_LENGTH: number = 5;
export const FAULT_FIXED_TRUNCATED: number = 6;
// Faults in snappy:
export const FAULT_SNAPPY_HEADER: number = 10;
export const FAULT_SNAPPY_LIMIT: number = 11;
export const FAULT_SNAPPY_INPUT: number = 12;
export const FAULT_SNAPPY_OFFSET: number = 13;
export const FAULT_SNAPPY_OUTPUT: number = 14;
export const FAULT_SNAPPY_FRAME: number = 15;
// Faults in MessagePack:
export const FAULT_TRUNCATED: number = 20;
export const FAULT_TYPE: number = 21;
export const FAULT_COUNT: number = 22;
export const FAULT_DEPTH: number = 23;
export const FAULT_RANGE: number = 24;
export const FAULT_KEY_MISSING: number = 25;
export const FAULT_KEY_TWICE: number = 26;
export const FAULT_TRAILING: number = 27;
export const FAULT_INDEX: number = 28;
export const FAULT_LABEL_COUNT: number = 29;
// Faults in walq's own format:
export const FAULT_MAGIC: number = 40;
export const FAULT_SECTION: number = 41;
export const FAULT_SECTION_BYTES: number = 43;
export const FAULT_SET: number = 45;
export const FAULT_VALUE_CODE: number = 46;
export const FAULT_KIND: number = 47;
export const FAULT_UTF8: number = 48;
export const FAULT_HISTOGRAM: number = 49;
// Faults in the symbols of remote write 2.0:
export const FAULT_SYMBOLS: number = 60;
// Faults in Alloy v2:
export const FAULT_RECORD: number = 70;
// A request would make the batch have more rows than it may.
export const FAULT_BATCH_ROWS: number = 80;
// A file has more entries of one kind than fit into one block of memory.
export const FAULT_ENTRIES: number = 81;
// The labels of a remote write 2.0 request would be too long if they were written out.
export const FAULT_NAMED_BYTES: number = 82;
// A request would take more memory, or has more items to look at, than one request may cost.
export const FAULT_REQUEST_MEMORY: number = 83;
export const FAULT_REQUEST_THINGS: number = 84;
// A handle of a label set that the writer does not keep.
export const FAULT_HANDLE: number = 85;
// A page in a text format: what may stand at the place of the fault.
export const FAULT_PAGE_LINE_START: number = 90;
export const FAULT_PAGE_LABEL_NAME: number = 91;
export const FAULT_PAGE_EQUAL: number = 92;
export const FAULT_PAGE_LABEL_VALUE: number = 93;
export const FAULT_PAGE_QUOTE: number = 94;
export const FAULT_PAGE_COMMA: number = 95;
export const FAULT_PAGE_NUMBER: number = 96;
export const FAULT_PAGE_RANGE: number = 97;
export const FAULT_PAGE_TIMESTAMP: number = 98;
export const FAULT_PAGE_LINE_END: number = 99;
export const FAULT_PAGE_METADATA_NAME: number = 100;
export const FAULT_PAGE_METADATA_TEXT: number = 101;
export const FAULT_PAGE_TYPE: number = 102;
export const FAULT_PAGE_UNIT: number = 103;
export const FAULT_PAGE_EOF: number = 104;
export const FAULT_PAGE_BEHIND_EOF: number = 105;
// What a series of a page may not be.
export const FAULT_PAGE_NAME_TWICE: number = 106;
export const FAULT_PAGE_NO_NAME: number = 107;
// A page has more than it may, or than there is memory for.
export const FAULT_PAGE_SAMPLES: number = 108;
export const FAULT_PAGE_BUCKETS: number = 109;
export const FAULT_PAGE_MEMORY: number = 110;
// What a family or a histogram of a page may not be.
export const FAULT_PAGE_FAMILY: number = 111;
export const FAULT_PAGE_HISTOGRAM: number = 112;
// A timestamp in what is pushed as it is now.
export const FAULT_PAGE_TIMED: number = 113;

// The rule that a series, or a signal of it, broke.
export const RULE_NONE: number = 0;
export const RULE_EMPTY_NAME: number = 1;
export const RULE_DUPLICATE: number = 2;
export const RULE_NO_METRIC_NAME: number = 3;
export const RULE_NAME_UTF8: number = 4;
export const RULE_VALUE_UTF8: number = 5;
export const RULE_TOO_LARGE: number = 6;
export const RULE_LABEL_COUNT: number = 7;
export const RULE_NAME_LENGTH: number = 8;
export const RULE_VALUE_LENGTH: number = 9;
export const RULE_NAME_LEGACY: number = 10;
export const RULE_REFERENCE: number = 11;
export const RULE_SAMPLES_AND_HISTOGRAMS: number = 12;
export const RULE_NO_SIGNAL: number = 13;
export const RULE_HISTOGRAM_SCHEMA: number = 14;
export const RULE_HISTOGRAM_SPANS: number = 15;
export const RULE_HISTOGRAM_BUCKETS: number = 16;
export const RULE_HISTOGRAM_COUNT: number = 17;
export const RULE_HISTOGRAM_CUSTOM: number = 18;
export const RULE_EXEMPLAR_LABELS: number = 19;
export const RULE_METADATA: number = 20;
export const RULE_TIMESTAMP: number = 21;
// References of remote write 2.0 to symbols that do not exist, or an odd number of references.
export const RULE_REFERENCES_ODD: number = 22;
export const RULE_EXEMPLAR_REFERENCE: number = 23;
export const RULE_EXEMPLAR_REFERENCES_ODD: number = 24;
export const RULE_HELP_REFERENCE: number = 25;
export const RULE_UNIT_REFERENCE: number = 26;

/** A row of a batch in short form that comes with its labels: the highest bit of its word. */
export const HANDED_INLINE: number = 0x80000000;

/** Labels of one series may have this many bytes in all; a series with more is invalid. */
export const SERIES_BYTES_MAX: number = 1024 * 1024;
/**
 * What is made of a request may take as much memory as a request may have bytes, and
 * this on top. Dense requests take more memory than they have bytes.
 */
export const REQUEST_MEMORY_MIN: number = 8 * 1024 * 1024;
/**
 * A request may have one series, label, signal or symbol for each of this many bytes of
 * its largest allowed size, and REQUEST_THINGS_MIN on top.
 */
export const REQUEST_BYTES_A_THING: number = 8;
export const REQUEST_THINGS_MIN: number = 65536;
/**
 * The labels that a remote write 2.0 request refers to may have this many times as many
 * bytes as a request may have. Each reference makes the kernel hash or compare the
 * bytes of its symbol again.
 */
export const REQUEST_NAMED_FACTOR: number = 16;

/**
 * A histogram in the form that files have takes no more than this. It is SERIES_BYTES_MAX,
 * which its message may have, and a little for scalars that are always written there.
 */
export const HISTOGRAM_BYTES_MAX: number = 1024 * 1024 + 128;

/** A shard's request is full at this many bytes, however few signals it has. */
export const REQUEST_BYTES_MAX: number = 4 * 1024 * 1024;
/** A row that would take more than this in a request is not sent: it counts as unsupported. */
export const ROW_BYTES_MAX: number = 4 * 1024 * 1024;
/** A row has at most so many labels: each takes eight bytes of a request at least. */
export const LABELS_MAX: number = 512 * 1024;

/** A batch has at most this many rows: what is made of one stays below 1 GiB. */
export const BATCH_ROWS_MAX: number = 16 * 1024 * 1024;

/** Where a batch is parted, the metadata that is in more parts than one takes no more than this for its copies. */
export const PART_COPIES_BYTES_MAX: number = 16 * 1024 * 1024;
