/** The report of a scrape, which is written into the form of the one before, and the room for requests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ReportWriter, type ScrapeReport } from "../../src/scrape/report.ts";
import { RequestRoom } from "../../src/scrape/request_room.ts";
import { decodePlainRequest } from "../support/remote_write_v1.ts";

const REPORT: ScrapeReport = {
  isUp: true,
  durationMs: 250,
  scraped: 5,
  kept: 4,
  added: 3,
  timeoutMs: 10_000,
  sampleLimit: 7,
  bodyBytes: 1234,
};
const FAILED: ScrapeReport = {
  ...REPORT,
  isUp: false,
  scraped: 0,
  kept: 0,
  added: 0,
  bodyBytes: -1,
};

const view = new DataView(new ArrayBuffer(8));

/** A line for each sample: name, value and timestamp. */
function shown(body: Uint8Array): string[] {
  return decodePlainRequest(body).flatMap(({ labels, samples }) => {
    const names = new Map(labels);
    assert.deepEqual([...names.keys()], ["__name__", "instance", "job"]);
    return samples.map(({ valueBits, timestampMs }) => {
      view.setBigUint64(0, valueBits);
      return `${names.get("__name__")} ${view.getFloat64(0)} ${timestampMs}`;
    });
  });
}

function linesOf(timestampMs: number, ...values: readonly number[]): string[] {
  return [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "scrape_sample_limit",
    "scrape_body_size_bytes",
  ].slice(0, values.length).map((name, index) => `${name} ${values[index]} ${timestampMs}`);
}

test("a report has what it was told, whatever the one before had", () => {
  const writer = new ReportWriter({ job: "j", instance: "a:80" });
  const steps = [
    // Timestamps that take one byte more, one less, and ten.
    [REPORT, 1_700_000_000_000, false, linesOf(1_700_000_000_000, 1, 0.25, 5, 4, 3)],
    [FAILED, 1_700_000_005_000, false, linesOf(1_700_000_005_000, 0, 0.25, 0, 0, 0)],
    [REPORT, 4_398_046_511_104, false, linesOf(4_398_046_511_104, 1, 0.25, 5, 4, 3)],
    [REPORT, 0, false, linesOf(0, 1, 0.25, 5, 4, 3)],
    [REPORT, -1, true, linesOf(-1, 1, 0.25, 5, 4, 3, 10, 7, 1234)],
    [FAILED, -2, true, linesOf(-2, 0, 0.25, 0, 0, 0, 10, 7, -1)],
    [REPORT, -3, false, linesOf(-3, 1, 0.25, 5, 4, 3)],
  ] as const;
  for (const [report, timestampMs, withExtra, wanted] of steps) {
    assert.deepEqual(shown(writer.write(report, timestampMs, withExtra)), wanted);
  }
});

test("a request has all of its parts, in the room of the one before where it has that", () => {
  const room = new RequestRoom();
  const long = room.join([Uint8Array.of(1, 2, 3, 4), Uint8Array.of(), Uint8Array.of(5)]);
  assert.deepEqual([...long], [1, 2, 3, 4, 5]);
  const short = room.join([Uint8Array.of(6), Uint8Array.of(7)]);
  assert.deepEqual([...short], [6, 7]);
  assert.equal(short.buffer, long.buffer);
  const huge = room.join([new Uint8Array(1024 * 1024).fill(8), Uint8Array.of(9)]);
  assert.deepEqual([huge.length, huge.at(-2), huge.at(-1)], [1024 * 1024 + 1, 8, 9]);
  // It was for that one alone.
  assert.equal(room.join([Uint8Array.of(1)]).buffer, long.buffer);
});
