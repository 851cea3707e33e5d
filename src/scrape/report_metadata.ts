/** What Prometheus says of the series of its report (scrape.go, reportSample): with them, by remote write 2.0. */
import { putMetadata } from "../metadata_message.ts";
import { MessageWriter } from "../protobuf.ts";

/** The name, the unit and the help of a gauge. */
type Said = readonly [name: string, unit: string, help: string];

const ALWAYS: readonly Said[] = [
  [
    "up",
    "targets",
    "Health of the scrape target. 1 means the target is healthy, 0 if the scrape failed.",
  ],
  ["scrape_duration_seconds", "seconds", "Duration of the last scrape in seconds."],
  ["scrape_samples_scraped", "samples", "Number of samples last scraped."],
  [
    "scrape_samples_post_metric_relabeling",
    "samples",
    "Number of samples remaining after metric relabeling was applied.",
  ],
  ["scrape_series_added", "series", "Number of series in the last scrape."],
];

/** With `extra_scrape_metrics`. */
const EXTRA: readonly Said[] = [
  ["scrape_timeout_seconds", "seconds", "The configured scrape timeout for a target."],
  [
    "scrape_sample_limit",
    "samples",
    "The configured sample limit for a target. Returns zero if there is no limit configured.",
  ],
  [
    "scrape_body_size_bytes",
    "bytes",
    "The uncompressed size of the last scrape response, if successful. Scrapes failing because body_size_limit is exceeded report -1, other scrape failures report 0.",
  ],
];

const WITHOUT_EXTRA = written(ALWAYS);
const WITH_EXTRA = written([...ALWAYS, ...EXTRA]);

/** The part of a request that says it. */
export function reportMetadata(withExtra: boolean): Uint8Array {
  return withExtra ? WITH_EXTRA : WITHOUT_EXTRA;
}

function written(all: readonly Said[]): Uint8Array {
  const request = new MessageWriter();
  for (const [family, unit, help] of all) {
    putMetadata(request, { family, type: "gauge", help, unit });
  }
  return request.finish();
}
