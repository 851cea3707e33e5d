/** What is wrong with a page, in words: what was got, what was wanted, and in which line. */
import { PageError } from "../errors.ts";
import { faultText } from "./faults.ts";
import type { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";

/** What may stand where something else stood. */
const WANTED: ReadonlyMap<number, string> = new Map([
  [layout.FAULT_PAGE_LINE_START, 'a metric name, "{" or "#"'],
  [layout.FAULT_PAGE_LABEL_NAME, 'a label name or "}"'],
  [layout.FAULT_PAGE_EQUAL, '"="'],
  [layout.FAULT_PAGE_LABEL_VALUE, "a label value in quotes"],
  [layout.FAULT_PAGE_QUOTE, "a text that ends with a quote"],
  [layout.FAULT_PAGE_COMMA, '"," or "}"'],
  [layout.FAULT_PAGE_NUMBER, "a number"],
  [layout.FAULT_PAGE_RANGE, "a number that a double can hold"],
  [layout.FAULT_PAGE_TIMESTAMP, "a timestamp or the end of the line"],
  [layout.FAULT_PAGE_LINE_END, "the end of the line"],
  [layout.FAULT_PAGE_METADATA_NAME, "a metric name"],
  [layout.FAULT_PAGE_METADATA_TEXT, "a blank and a text"],
  [layout.FAULT_PAGE_TYPE, "a type of metrics"],
  [layout.FAULT_PAGE_UNIT, "a unit that the metric's name ends with"],
  [layout.FAULT_PAGE_EOF, '"# EOF"'],
  [layout.FAULT_PAGE_BEHIND_EOF, 'nothing behind "# EOF"'],
  [layout.FAULT_PAGE_NAME_TWICE, "no second metric name"],
  [layout.FAULT_PAGE_NO_NAME, "a metric name before the end of the labels"],
  [layout.FAULT_PAGE_TIMED, "no timestamp, as pushed metrics must not have one"],
  [layout.FAULT_UTF8, "UTF-8"],
  [layout.FAULT_PAGE_FAMILY, "a family with a name"],
  [layout.FAULT_PAGE_HISTOGRAM, "a histogram whose counts, spans and buckets fit each other"],
]);

/** At most this much of a page goes into a message. */
const SHOWN_BYTES = 40;
const LINE_FEED = 0x0a;

/** The fault that the last call returned. */
export function pageError(
  instance: KernelInstance,
  fault: number,
  page: Uint8Array,
  hasLines: boolean,
): PageError {
  const limit = instance.slot(layout.SLOT_FAULT_WANTED);
  if (fault === layout.FAULT_PAGE_SAMPLES) {
    return new PageError(0, `got more than ${limit} samples, wanted at most that (sample_limit)`);
  }
  if (fault === layout.FAULT_PAGE_MEMORY) {
    return new PageError(0, `got a page that takes more memory than there is for one`);
  }
  if (fault === layout.FAULT_PAGE_BUCKETS) {
    const got = instance.slot(layout.SLOT_FAULT_GOT);
    return new PageError(
      0,
      `got a histogram of ${got} buckets, wanted at most ${limit} (native_histogram_bucket_limit)`,
    );
  }
  const wanted = WANTED.get(fault);
  if (wanted === undefined) return new PageError(0, faultText(instance, fault));
  const at = Math.min(instance.slot(layout.SLOT_FAULT_AT), page.length);
  if (!hasLines) return new PageError(0, `got something else at byte ${at}, wanted ${wanted}`);
  const before = page.subarray(0, at);
  const lineAt = before.lastIndexOf(LINE_FEED) + 1;
  let line = 1;
  for (
    let feed = before.indexOf(LINE_FEED);
    feed >= 0;
    feed = before.indexOf(LINE_FEED, feed + 1)
  ) {
    line++;
  }
  return new PageError(
    line,
    `got ${shown(page, at)} at byte ${at - lineAt + 1}, wanted ${wanted}`,
  );
}

/** What stands at a place, to the end of its line. */
function shown(page: Uint8Array, at: number): string {
  if (at >= page.length) return "the end of the page";
  if (page[at] === LINE_FEED) return "the end of the line";
  const feed = page.indexOf(LINE_FEED, at);
  const end = feed < 0 ? page.length : feed;
  const isLong = end - at > SHOWN_BYTES;
  const text = new TextDecoder().decode(page.subarray(at, isLong ? at + SHOWN_BYTES : end));
  return JSON.stringify(isLong ? `${text}...` : text);
}
