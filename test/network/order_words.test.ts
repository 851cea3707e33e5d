import assert from "node:assert/strict";
import { test } from "node:test";
import { saysTooLate } from "../../src/network/order_words.ts";

test("what receivers say of late samples", () => {
  for (
    const words of [
      "HTTP 400: out of order sample",
      "HTTP 400: out of bounds",
      "HTTP 400: too old sample",
      "HTTP 500: too old sample",
      'HTTP 400: out of order sample for series {__name__="up"}',
      "HTTP 409: store locally for endpoint : conflict",
      "HTTP 400: failed pushing to ingester: user=a: the sample has been rejected because its timestamp is too old (err-mimir-sample-timestamp-too-old).",
      "HTTP 400: the sample has been rejected because another sample with a more recent timestamp has already been ingested and out-of-order samples are not allowed (err-mimir-sample-out-of-order).",
      "HTTP 400: Points must be written in order.",
    ]
  ) assert.ok(saysTooLate(words), words);
});

test("what they say of other things, and words that are labels", () => {
  for (
    const words of [
      "HTTP 400: invalid label name",
      'HTTP 400: label value "out of order" is too long',
      'HTTP 422: series {note="too old"} has too many labels',
      "HTTP 503: not ready",
      "HTTP 400: threshold",
    ]
  ) assert.ok(!saysTooLate(words), words);
});
