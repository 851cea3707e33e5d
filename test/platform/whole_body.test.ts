/** Whole bodies on the runtime, by both of its clients, and pages made of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import type { HttpAnswer } from "../../src/contracts.ts";
import { BodyTooLargeError, UnreadableAnswerError } from "../../src/errors.ts";
import { defaultPlatform } from "../../src/platform/default.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { BodyBuffers, getPage, type Page } from "../../src/whole_body.ts";
import { wholeBodyContract } from "../contract/whole_body.contract.ts";

const platform = await defaultPlatform();

wholeBodyContract(platform.name, async () => (await defaultPlatform()).http);
wholeBodyContract(
  `${platform.name}, by settings`,
  () =>
    Promise.resolve(platform.openHttp({ tls: undefined, proxy: undefined, roundRobinDns: false })),
);

const URL_ = "http://target/metrics";

function page(answer: HttpAnswer, bytesMax: number = 1000): Promise<Page> {
  const memory = new MemoryPlatform({ script: () => answer });
  const request = { url: URL_, headers: { "accept-encoding": "gzip" }, bytesMax };
  return getPage(memory.http, request, memory.decompressGzip, new AbortController().signal);
}

function text({ body }: Page): string {
  return new TextDecoder().decode(body);
}

describe("getPage", () => {
  const packed = new Uint8Array(gzipSync("up 1\n".repeat(50)));
  const GZIP = { "content-encoding": "gzip" };

  it("has what was sent as it is, and unpacks what is under gzip", async () => {
    assert.equal(text(await page(makeAnswer(200, "up 1\n"))), "up 1\n");
    const unpacked = await page(makeAnswer(200, packed, GZIP));
    assert.equal(text(unpacked), "up 1\n".repeat(50));
    assert.equal(unpacked.packedBytes, packed.length);
    assert.equal(
      text(await page(makeAnswer(200, packed, { "content-encoding": "X-GZIP" }))),
      text(unpacked),
    );
  });

  it("is bounded by the unpacked size, and tells a larger one apart", async () => {
    assert.equal((await page(makeAnswer(200, packed, GZIP), 250)).body.length, 250);
    await assert.rejects(page(makeAnswer(200, packed, GZIP), 249), BodyTooLargeError);
    await assert.rejects(page(makeAnswer(200, "a".repeat(11)), 10), BodyTooLargeError);
    assert.equal((await page(makeAnswer(200, packed, GZIP), Infinity)).body.length, 250);
  });

  it("has an error for what is cut off, is not gzip, or has another coding", async () => {
    const nothing = new Uint8Array(0);
    for (const bytes of [packed.subarray(0, 20), Uint8Array.of(1, 2, 3), nothing]) {
      await assert.rejects(page(makeAnswer(200, bytes, GZIP)), (error) => {
        assert.ok(error instanceof UnreadableAnswerError);
        assert.match(
          error.message,
          /^the answer cannot be read: its body cannot be unpacked: gzip: /,
        );
        return true;
      });
    }
    for (const status of [204, 401]) {
      assert.equal((await page(makeAnswer(status, nothing, GZIP))).body.length, 0);
    }
    await assert.rejects(page(makeAnswer(200, packed, { "content-encoding": "br" })), {
      message: 'the answer cannot be read: its content-encoding is "br", expected gzip',
    });
  });

  it("has its body in a buffer that is another page's when it is given back, and no sooner", async () => {
    const buffers = new BodyBuffers(1);
    const get = (body: string | Uint8Array, headers = {}): Promise<Page> => {
      const memory = new MemoryPlatform({ script: () => makeAnswer(200, body, headers) });
      const request = { url: URL_, headers: { "accept-encoding": "gzip" }, bytesMax: Infinity };
      const { signal } = new AbortController();
      return getPage(memory.http, request, memory.decompressGzip, signal, buffers);
    };
    const long = "m 1\n".repeat(20_000);
    const first = await get(long);
    const second = await get("n 2\n");
    assert.notEqual(first.body.buffer, second.body.buffer);
    first.release();
    // One is enough.
    second.release();
    const third = await get(packed, GZIP);
    assert.equal(text(third), "up 1\n".repeat(50));
    // What was packed is not needed any more.
    const fourth = await get("o 3\n");
    assert.equal(fourth.body.buffer, first.body.buffer);
    third.release();
    assert.notEqual((await get("p 4\n")).body.buffer, fourth.body.buffer);
    assert.equal(text(fourth), "o 3\n");
    assert.equal(text(third), "up 1\n".repeat(50));
  });

  it("takes an empty body under any coding, as a 304 or a HEAD would have", async () => {
    assert.equal((await page(makeAnswer(204, "", GZIP))).body.length, 0);
  });
});
