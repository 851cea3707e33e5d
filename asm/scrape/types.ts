/** Types of families, by the numbers of prompb's MetricMetadata. */
export const TYPE_UNKNOWN: u32 = 0;
export const TYPE_COUNTER: u32 = 1;
export const TYPE_GAUGE: u32 = 2;
export const TYPE_HISTOGRAM: u32 = 3;
export const TYPE_GAUGE_HISTOGRAM: u32 = 4;
export const TYPE_SUMMARY: u32 = 5;
export const TYPE_INFO: u32 = 6;
export const TYPE_STATESET: u32 = 7;
/** None of them. */
export const TYPE_NONE: u32 = 8;
