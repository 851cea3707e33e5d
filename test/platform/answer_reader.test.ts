import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UnreadableAnswerError } from "../../src/errors.ts";
import { AnswerReader } from "../../src/platform/http/answer_reader.ts";
import { ANSWER_FORMS } from "../contract/answer_forms.ts";

/** Larger answers are split at their beginning and end alone. */
const SPLIT_BYTES_MAX = 2_000;

interface Read {
  readonly status: number | undefined;
  readonly text: string;
  readonly isComplete: boolean;
  readonly keepsConnection: boolean;
  readonly error: string;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Reads the parts and then the end of the connection, if there is one. */
function read(parts: readonly Uint8Array[], ends: boolean, bytesMax: number = 100): Read {
  const reader = new AnswerReader(bytesMax);
  let error = "";
  try {
    for (const part of parts) reader.add(part);
    if (ends) reader.end();
  } catch (thrown) {
    assert.ok(thrown instanceof Error);
    error = thrown.message;
    if (/cannot be read/.test(error)) assert.ok(thrown instanceof UnreadableAnswerError);
  }
  const { head, text, isComplete, keepsConnection } = reader;
  return { status: head?.status, text, isComplete, keepsConnection, error };
}

describe("AnswerReader", () => {
  it("reads the same wherever an answer is split", () => {
    for (const [what, { answer, closes = false }] of Object.entries(ANSWER_FORMS)) {
      const bytes = bytesOf(answer);
      const whole = read([bytes], closes);
      const ats = bytes.length <= SPLIT_BYTES_MAX
        ? bytes.keys()
        : [1, 5, 9, bytes.length - 20, bytes.length - 1];
      for (const at of ats) {
        const split = read([bytes.subarray(0, at), bytes.subarray(at)], closes);
        // What is quoted in an error may be the part that was there.
        const error = /it begins with/.test(whole.error) ? split.error : whole.error;
        assert.deepEqual(split, { ...whole, error }, `${what}, at ${at}`);
      }
      if (bytes.length > SPLIT_BYTES_MAX) continue;
      const bytewise = read(Array.from(bytes, (byte) => Uint8Array.of(byte)), closes);
      assert.equal(bytewise.status, whole.status, what);
      assert.equal(bytewise.text, whole.text, what);
    }
  });

  it("keeps the connection when the answer's end is known, and nothing follows it", () => {
    const cases: readonly (readonly [string, boolean])[] = [
      ["HTTP/1.1 204 No\r\n\r\n", true],
      ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", true],
      ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", true],
      ["HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n", true],
      ["HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", false],
      ["HTTP/1.1 200 OK\r\nconnection: x, Close\r\ncontent-length: 0\r\n\r\n", false],
      ["HTTP/1.1 204 No\r\n\r\nHTTP/1.1 204 No\r\n\r\n", false],
      ["HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\nhello", false],
      ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n", false],
      ["HTTP/1.1 200 OK\r\n\r\nuntil the end", false],
    ];
    for (const [answer, keeps] of cases) {
      assert.equal(read([bytesOf(answer)], false).keepsConnection, keeps, answer);
    }
  });

  it("reads headers by lower-case names, joins those that come again, unfolds", () => {
    const reader = new AnswerReader(0);
    reader.add(bytesOf("HTTP/1.1 503 No\r\nRetry-After:  7 \r\nX: a\r\nx:b\r\n c\r\n\r\n"));
    const headers = reader.head?.headers;
    assert.deepEqual([...headers!], [["retry-after", "7"], ["x", "a, b c"]]);
  });

  it("takes no header of an interim answer for one of the answer", () => {
    const reader = new AnswerReader(0);
    reader.add(bytesOf("HTTP/1.1 103 Early\r\nx: a\r\n\r\nHTTP/1.1 204 No\r\ny: b\r\n\r\n"));
    assert.deepEqual([...reader.head!.headers], [["y", "b"]]);
  });

  it("keeps no more of a body than is wanted, and none of one that is packed", () => {
    const long = bytesOf(`HTTP/1.1 400 Bad\r\ncontent-length: 9\r\n\r\n${"a".repeat(9)}`);
    assert.equal(read([long], false, 4).text, "aaaa");
    const packed = bytesOf(
      "HTTP/1.1 400 Bad\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b",
    );
    assert.deepEqual(read([packed], false), {
      status: 400,
      text: "",
      isComplete: true,
      keepsConnection: true,
      error: "",
    });
  });

  it("has the status when the body is cut off", () => {
    const { status, text, error } = read(
      [bytesOf("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbeg")],
      true,
    );
    assert.deepEqual([status, text, error], [200, "beg", ""]);
  });
});
