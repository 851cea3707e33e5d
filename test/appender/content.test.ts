import assert from "node:assert/strict";
import { test } from "node:test";
import { checkContent } from "../../src/appender/content.ts";
import { WalqError } from "../../src/errors.ts";

test("remote write 1.0 in its spellings", () => {
  for (
    const contentType of [
      "application/x-protobuf",
      "Application/X-Protobuf",
      "application/x-protobuf; proto=prometheus.WriteRequest",
      'application/x-protobuf;proto="prometheus.WriteRequest"; q=1',
    ]
  ) checkContent({ contentType, contentEncoding: "snappy" });
});

test("everything else is refused with what was got and wanted", () => {
  const cases: [string, string | undefined, RegExp][] = [
    ["", "snappy", /got content type ""/],
    [
      "application/json",
      "snappy",
      /got content type "application\/json", expected "application\/x-protobuf"/,
    ],
    ["application/x-protobuf;proto=io.prometheus.write.v2.Request", "snappy", /write\.v2\.Request/],
    ["application/x-protobuf", undefined, /got content encoding "", expected "snappy"/],
    ["application/x-protobuf", "gzip", /got content encoding "gzip"/],
  ];
  for (const [contentType, contentEncoding, message] of cases) {
    assert.throws(
      () =>
        checkContent({
          contentType,
          ...(contentEncoding === undefined ? {} : { contentEncoding }),
        }),
      (error) =>
        error instanceof WalqError && error.code === "UNSUPPORTED_CONTENT" &&
        message.test(error.message),
    );
  }
});
