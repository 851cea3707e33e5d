import assert from "node:assert/strict";
import { test } from "node:test";
import { type ContentHeaders, contentOf } from "../src/content.ts";
import { WalqError } from "../src/errors.ts";

const V1 = "prometheus.WriteRequest";
const messageOfContent = (content: ContentHeaders): string => contentOf(content).message;
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

test("a header that is missing or empty says 1.0 and snappy, as Prometheus reads it", () => {
  const v2 = `application/x-protobuf;proto=${V2}`;
  for (const nothing of [{}, { contentEncoding: "" }, { contentEncoding: "  " }]) {
    assert.equal(messageOfContent(nothing), V1);
    assert.equal(messageOfContent({ ...nothing, contentType: "" }), V1);
    assert.equal(messageOfContent({ ...nothing, contentType: "application/x-protobuf" }), V1);
    assert.equal(messageOfContent({ ...nothing, contentType: v2 }), V2);
  }
  assert.equal(messageOfContent({ contentType: " ", contentEncoding: "snappy" }), V1);
  assert.equal(
    messageOfContent({ contentType: "application/x-protobuf;", contentEncoding: "" }),
    V1,
  );
});

test("what the bytes are under", () => {
  for (const encoding of ["snappy", "zstd", "gzip", "identity"] as const) {
    const upper = ` ${encoding.toUpperCase()}`;
    assert.equal(contentOf({ contentEncoding: encoding }).encoding, encoding);
    assert.equal(contentOf({ contentEncoding: upper }).encoding, encoding);
  }
  assert.equal(contentOf({}).encoding, "snappy");
});

test("everything else is refused with what was got and wanted", () => {
  const cases: [string | undefined, string | undefined, RegExp][] = [
    [
      undefined,
      "br",
      /Got Content-Encoding "br", expected one of "snappy", "zstd", "gzip", "identity"/,
    ],
    [";", "snappy", /Got Content-Type "", expected "application\/x-protobuf"/],
    ["application/json", "snappy", /Got Content-Type "application\/json"/],
    ["application/x-protobuf;proto=x.Y", "snappy", /Got proto "x.Y", expected ".*" or ".*"/],
    ["text/plain", undefined, /Got Content-Type "text\/plain"/],
    ["application/x-protobuf", "gzip, snappy", /Got Content-Encoding "gzip, snappy"/],
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
