import assert from "node:assert/strict";
import { test } from "node:test";
import { messageOfContent } from "../src/content.ts";
import { WalqError } from "../src/errors.ts";

const V1 = "prometheus.WriteRequest";
const V2 = "io.prometheus.write.v2.Request";

test("both versions in their spellings", () => {
  const cases: [string, string][] = [
    ["application/x-protobuf", V1],
    ["Application/X-Protobuf", V1],
    [`application/x-protobuf; proto=${V1}`, V1],
    [`application/x-protobuf;proto="${V1}"; q=1`, V1],
    [`application/x-protobuf;proto=${V2}`, V2],
    [`application/x-protobuf; q=1; Proto="${V2}"`, V2],
  ];
  for (const [contentType, message] of cases) {
    assert.equal(messageOfContent({ contentType, contentEncoding: "snappy" }), message);
    assert.equal(messageOfContent({ contentType, contentEncoding: " Snappy " }), message);
  }
});

test("everything else is refused with what was got and wanted", () => {
  const cases: [string | undefined, string | undefined, RegExp][] = [
    [undefined, "snappy", /Got no Content-Type, expected "application\/x-protobuf"/],
    ["", "snappy", /Got Content-Type ""/],
    ["application/json", "snappy", /Got Content-Type "application\/json"/],
    ["application/x-protobuf;proto=x.Y", "snappy", /Got proto "x.Y", expected ".*" or ".*"/],
    ["application/x-protobuf", undefined, /Got no Content-Encoding, expected "snappy"/],
    ["application/x-protobuf", "gzip", /Got Content-Encoding "gzip"/],
  ];
  for (const [contentType, contentEncoding, message] of cases) {
    const content = {
      ...(contentType === undefined ? {} : { contentType }),
      ...(contentEncoding === undefined ? {} : { contentEncoding }),
    };
    assert.throws(
      () => messageOfContent(content),
      (error) =>
        error instanceof WalqError && error.code === "UNSUPPORTED_CONTENT" &&
        message.test(error.message),
    );
  }
});
