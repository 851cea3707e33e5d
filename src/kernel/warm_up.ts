/**
 * A small request to run through a fresh kernel: engines compile a function when
 * it is first called, and better when it is called often. The first batch would
 * otherwise take several times as long as the next.
 */

const SERIES_COUNT = 300;
const LABEL_NAMES: readonly string[] = ["__name__", "instance", "job", "path"];

/** A remote write 1.0 request, uncompressed. Names and values are short: every length is one byte. */
export function warmUpRequest(timestampMs: number): Uint8Array {
  const bytes: number[] = [];
  for (let series = 0; series < SERIES_COUNT; series++) {
    const body: number[] = [];
    LABEL_NAMES.forEach((name, i) => {
      pushMessage(body, 0x0a, [...text(0x0a, name), ...text(0x12, `warm_up_${i % 2 * series}`)]);
    });
    pushMessage(body, 0x12, [0x09, 0, 0, 0, 0, 0, 0, 0, series, 0x10, ...varint(timestampMs)]);
    pushMessage(bytes, 0x0a, body);
  }
  return Uint8Array.from(bytes);
}

function text(tag: number, value: string): number[] {
  return [tag, value.length, ...new TextEncoder().encode(value)];
}

function pushMessage(to: number[], tag: number, body: readonly number[]): void {
  to.push(tag, ...varint(body.length), ...body);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  bytes.push(value);
  return bytes;
}
