/**
 * A small request to run through a fresh kernel: engines compile a function when
 * it is first called, and better when it is called often. The first batch would
 * otherwise take several times as long as the next.
 */

import { MessageWriter } from "../protobuf.ts";

const SERIES_COUNT = 300;
const LABEL_NAMES: readonly string[] = ["__name__", "instance", "job", "path"];

/** A remote write 1.0 request, uncompressed. */
export function warmUpRequest(timestampMs: number): Uint8Array {
  const request = new MessageWriter();
  for (let number = 0; number < SERIES_COUNT; number++) {
    const series = new MessageWriter();
    LABEL_NAMES.forEach((name, i) => {
      series.message(1, new MessageWriter().text(1, name).text(2, `warm_up_${i % 2 * number}`));
    });
    series.message(2, new MessageWriter().double(1, number).number(2, timestampMs));
    request.message(1, series);
  }
  return request.finish();
}
