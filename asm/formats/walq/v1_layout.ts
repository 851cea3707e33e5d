/** The numbers of the format `walq.metrics.v1`. docs/format.md says what they mean. */

/** "WALQ" as a little-endian word. */
export const MAGIC: u32 = 0x514c4157;
export const LAYOUT: u32 = 1;
/** The magic, the layout and five varints take no more than this. */
export const HEADER_BYTES_MAX: usize = 5 + 5 * 10;

// Sections, in the order in which they come.
export const SECTION_STRING_LENGTHS: u32 = 1;
export const SECTION_STRING_BYTES: u32 = 2;
export const SECTION_SHAPES: u32 = 3;
export const SECTION_SET_SHAPES: u32 = 4;
export const SECTION_SET_VALUES: u32 = 5;
export const SECTION_KINDS: u32 = 6;
export const SECTION_ROW_SETS: u32 = 7;
export const SECTION_TIMESTAMPS: u32 = 8;
export const SECTION_CONTROLS: u32 = 9;
export const SECTION_VALUE_BYTES: u32 = 10;
export const SECTION_STARTS: u32 = 11;
export const SECTION_HISTOGRAMS: u32 = 12;
export const SECTION_EXEMPLARS: u32 = 13;
export const SECTION_METADATA: u32 = 14;
/** One more than the last known section. */
export const SECTIONS_END: u32 = 15;
/** A reader passes over unknown sections from this number on. */
export const SECTION_SKIPPABLE: u32 = 128;
export const SECTION_METADATA_SWITCHES: u32 = 128;

// How a value id of a set is written.
export const VALUE_SAME: u64 = 0;
export const VALUE_NEW: u64 = 1;
/** Codes from here on say how far back the value is. */
export const VALUE_BACK: u64 = 2;

// What a control byte says of a value: the same bits as its reference, or
export const CONTROL_SAME: u32 = 0;
/** an integer's difference in so many bytes, added to this; all else is an exclusive or. */
export const CONTROL_INTEGER: u32 = 0x80;
export const INTEGER_BYTES_MAX: u32 = 7;
/** Larger integers have gaps between them. */
export const INTEGER_MAX: f64 = 9007199254740992;
