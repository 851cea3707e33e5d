import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { createServer, type Server } from "node:net";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../src/contracts.ts";
import { CODINGS, packedZeros } from "./bomb.ts";
import { EndpointServer, type SeenRequest } from "./endpoint_server.ts";

/** An answer that is this large when it is unpacked, and how often it comes. */
const BOMB_MIB = 256;
const BOMBS = 3;
const BOMB_GROWTH_BYTES_MAX = 96 * 1024 * 1024;
/** More than the requests that some runtimes have under way at once. */
const HANGING = 300;

/** What every {@link HttpClient} must do, against a real server on the loopback. */
export function httpClientContract(name: string, open: () => Promise<HttpClient>): void {
  describe(`HttpClient contract: ${name}`, () => {
    const server = new EndpointServer();
    let client: HttpClient;
    before(async () => {
      await server.open();
      client = await open();
    });
    after(async () => {
      await server.close();
      await client.close();
    });

    function exchange(url: string, more: Partial<HttpRequest> = {}): Promise<HttpAnswer> {
      const request = { url, method: "POST" as const, headers: {}, answerBytesMax: 1024, ...more };
      return client.exchange(request, new AbortController().signal);
    }

    it("sends method, headers, query and body, with content-length and not chunked", async () => {
      const seen: SeenRequest[] = [];
      const url = server.at("/push?a=b%20c", (response, request) => {
        seen.push(request);
        response.writeHead(204).end();
      });
      const body = new Uint8Array(100_000).map((_, i) => i * 7);
      const headers = { "Content-Type": "application/x-protobuf", "X-Custom": "yes" };
      const answer = await exchange(url, { headers, body: body.subarray(1) });
      assert.equal(answer.status, 204);
      assert.equal(answer.text, "");
      const [request] = seen;
      assert.ok(request);
      assert.equal(request.message.method, "POST");
      assert.equal(request.message.headers["content-type"], "application/x-protobuf");
      assert.equal(request.message.headers["x-custom"], "yes");
      assert.equal(request.message.headers["content-length"], "99999");
      assert.equal(request.message.headers["transfer-encoding"], undefined);
      assert.deepEqual(request.body, body.subarray(1));
    });

    it("gets", async () => {
      const url = server.at("/get", (response, { message }) => response.end(message.method));
      assert.equal((await exchange(url, { method: "GET" })).text, "GET");
    });

    it("reads headers by their lower-case names", async () => {
      const url = server.at("/headers", (response) => {
        response.writeHead(429, { "Retry-After": "7", "X-MiXeD": "a" }).end("slow down");
      });
      const answer = await exchange(url);
      assert.equal(answer.status, 429);
      assert.equal(answer.header("retry-after"), "7");
      assert.equal(answer.header("x-mixed"), "a");
      assert.equal(answer.header("x-none"), undefined);
      assert.equal(answer.text, "slow down");
    });

    it("answers with the status of every class", async () => {
      for (const status of [200, 400, 500, 503]) {
        const url = server.at(`/${status}`, (response) => response.writeHead(status).end("x"));
        assert.equal((await exchange(url)).status, status);
      }
    });

    it("does not follow a redirect", async () => {
      let followed = false;
      const target = server.at("/target", (response) => {
        followed = true;
        response.end();
      });
      for (const status of [301, 302, 303, 307, 308]) {
        const url = server.at(`/redirect${status}`, (response) => {
          response.writeHead(status, { location: target }).end();
        });
        const answer = await exchange(url);
        assert.equal(answer.status, status);
        assert.equal(answer.header("location"), target);
      }
      assert.equal(followed, false);
    });

    it("keeps the first bytes of a long answer", async () => {
      const url = server.at("/long", (response) => response.end("abc".repeat(1_000_000)));
      assert.equal((await exchange(url, { answerBytesMax: 5 })).text, "abcab");
      assert.equal((await exchange(url, { answerBytesMax: 0 })).text, "");
    });

    it("keeps all of an answer of exactly the limit, and cuts a character in two", async () => {
      const url = server.at("/exact", (response) => response.end("aä"));
      assert.equal((await exchange(url, { answerBytesMax: 3 })).text, "aä");
      assert.equal((await exchange(url, { answerBytesMax: 2 })).text, "a\ufffd");
    });

    it("answers at the limit though the body never ends, and lets go of the connection", async () => {
      const closed = deferred<void>();
      const url = server.at("/endless", (response) => {
        response.on("close", () => closed.resolve());
        response.writeHead(200);
        pour(response);
      });
      assert.equal((await exchange(url, { answerBytesMax: 4 })).text, "aaaa");
      await closed.promise;
    });

    for (const coding of CODINGS) {
      it(`asks for no ${coding}, and unpacks none`, async () => {
        const bomb = await packedZeros(coding, BOMB_MIB);
        const asked: (string | undefined)[] = [];
        const url = server.at(`/${coding}`, (response, { message }) => {
          asked.push(message.headers["accept-encoding"]);
          response.writeHead(400, { "content-encoding": coding }).end(bomb);
        });
        const rssBytes = process.memoryUsage().rss;
        for (let time = 0; time < BOMBS; time++) {
          const { status, text } = await exchange(url);
          assert.deepEqual([status, text], [400, ""]);
        }
        const growthBytes = process.memoryUsage().rss - rssBytes;
        assert.ok(growthBytes < BOMB_GROWTH_BYTES_MAX, `${growthBytes} bytes more`);
        assert.deepEqual(asked, new Array(BOMBS).fill("identity"));
      });
    }

    it("answers from one server though hundreds of requests hang at another", async () => {
      const stop = new AbortController();
      const isFull = deferred<void>();
      let hanging = 0;
      const deaf = server.at("/deaf", () => {
        if (++hanging === HANGING) isFull.resolve();
      });
      const request = { url: deaf, method: "POST" as const, headers: {}, answerBytesMax: 1 };
      const all = Array.from({ length: HANGING }, () => client.exchange(request, stop.signal));
      const outcomes = Promise.allSettled(all);
      await isFull.promise;
      const other = new EndpointServer();
      await other.open();
      const url = other.at("/", (response) => response.writeHead(204).end());
      assert.equal((await exchange(url)).status, 204);
      const same = server.at("/quick", (response) => response.writeHead(204).end());
      assert.equal((await exchange(same)).status, 204);
      stop.abort(new Error("enough"));
      assert.ok((await outcomes).every(({ status }) => status === "rejected"));
      await other.close();
    });

    it("sends again at once what an idle connection, as it closed, did not take", async () => {
      let times = 0;
      const closing = createServer((socket) => {
        let answers = 0;
        socket.on("error", () => {}).on("data", () => {
          times++;
          if (answers++ === 0) socket.write("HTTP/1.1 204 No\r\n\r\n");
          else socket.destroy();
        });
      });
      const url = `http://127.0.0.1:${await listen(closing)}/`;
      assert.equal((await exchange(url)).status, 204);
      assert.equal((await exchange(url)).status, 204);
      assert.equal(times, 3);
      await client.close();
      await new Promise((resolve) => closing.close(resolve));
    });

    it("keeps no connection that the server says it will have closed", async () => {
      const url = server.at("/short", (response) => {
        response.writeHead(204, { "keep-alive": "timeout=1" }).end();
      });
      const before = server.connections;
      for (let i = 0; i < 3; i++) await exchange(url);
      assert.ok(server.connections >= before + 2, `${server.connections - before} connections`);
    });

    it("sends no header that would be two, and tells no value", async () => {
      for (const headers of [{ "x-a": "b\r\nx-c: hush" }, { "x-a\r\nx-c": "hush" }]) {
        await assert.rejects(exchange(`${server.origin}/`, { headers }), (error) => {
          assert.ok(error instanceof TypeError);
          assert.doesNotMatch(error.message, /hush/);
          return true;
        });
      }
    });

    it("sends headers in UTF-8, and none with what Go's client refuses", async () => {
      const url = server.at("/utf8", (response, { message }) => {
        const at = message.rawHeaders.findIndex((text) => text.toLowerCase() === "x-a");
        // As the server's parser has them: a character for each byte.
        response.end(Buffer.from(message.rawHeaders[at + 1]!, "latin1"));
      });
      for (const value of ["ü", "€ a\tb", "😀", "\u0085", "\u00a0a\u00a0"]) {
        for (const body of [undefined, new Uint8Array(5), new Uint8Array(100_000)]) {
          const answer = await exchange(url, { headers: { "x-a": value }, ...(body && { body }) });
          assert.equal(answer.text, value);
        }
      }
      for (const value of ["a\0", "a\rb", "a\n", "a\x7f", "a\x1f", "\ud83d", "\udc00"]) {
        await assert.rejects(exchange(url, { headers: { "x-a": value } }), TypeError);
      }
    });

    it("uses a connection again", async () => {
      const url = server.at("/again", (response) => response.end("ok"));
      await exchange(url);
      const before = server.connections;
      for (let i = 0; i < 5; i++) await exchange(url, { body: new Uint8Array(10) });
      assert.equal(server.connections, before);
    });

    it("works on after close", async () => {
      const url = server.at("/after", (response) => response.end("ok"));
      await exchange(url);
      await client.close();
      assert.equal((await exchange(url)).text, "ok");
    });

    it("rejects with the reason of a signal that is aborted already, and sends nothing", async () => {
      let seen = false;
      const url = server.at("/early", (response) => {
        seen = true;
        response.end();
      });
      const reason = new Error("stopped before");
      const request = { url, method: "POST" as const, headers: {}, answerBytesMax: 1 };
      await rejectsWith(client.exchange(request, AbortSignal.abort(reason)), reason);
      assert.equal(seen, false);
    });

    it("rejects with the signal's reason while it waits for the headers", async () => {
      const controller = new AbortController();
      const reason = new Error("stopped at headers");
      const closed = deferred<void>();
      const url = server.at("/silent", (response) => {
        response.on("close", () => closed.resolve());
        controller.abort(reason);
      });
      const request = { url, method: "POST" as const, headers: {}, answerBytesMax: 1 };
      await rejectsWith(client.exchange(request, controller.signal), reason);
      await closed.promise;
    });

    it("rejects with the signal's reason while it sends a body that nobody reads", async () => {
      const controller = new AbortController();
      const reason = new Error("stopped while sending");
      const closed = deferred<void>();
      const deaf = createServer((socket) => {
        socket.on("error", () => {}).on("close", () => closed.resolve());
        socket.once("data", () => {
          socket.pause();
          controller.abort(reason);
          setImmediate(() => socket.resume());
        });
      });
      const url = `http://127.0.0.1:${await listen(deaf)}/`;
      const body = new Uint8Array(16 << 20);
      const request = { url, method: "POST" as const, headers: {}, body, answerBytesMax: 1 };
      await rejectsWith(client.exchange(request, controller.signal), reason);
      await closed.promise;
      await new Promise((resolve) => deaf.close(resolve));
    });

    it("lets go of the connection when the signal aborts in the middle of a body", async () => {
      const controller = new AbortController();
      const reason = new Error("stopped in the body");
      const closed = deferred<void>();
      const url = server.at("/middle", (response) => {
        response.on("close", () => closed.resolve());
        response.writeHead(200, { "content-length": "1000" });
        response.write("begin", () => controller.abort(reason));
      });
      const request = { url, method: "POST" as const, headers: {}, answerBytesMax: 1000 };
      const outcome = await client.exchange(request, controller.signal)
        .then(({ status }) => status, (error: unknown) => error);
      // Who was faster, the status or the abort, is not for the client to say.
      assert.ok(outcome === 200 || outcome === reason, String(outcome));
      await closed.promise;
    });

    it("closes without waiting for a connection that is still being made for nobody", async () => {
      const controller = new AbortController();
      const reason = new Error("stopped in the handshake");
      // Takes the connection and never says a word of TLS.
      let hangUp = (): void => {};
      const mute = createServer((socket) => {
        socket.on("error", () => {}).once("data", () => controller.abort(reason));
        hangUp = () => void socket.destroy();
      });
      const url = `https://127.0.0.1:${await listen(mute)}/`;
      const request = { url, method: "POST" as const, headers: {}, answerBytesMax: 1 };
      await rejectsWith(client.exchange(request, controller.signal), reason);
      const late = deferred<string>();
      const timer = setTimeout(() => late.resolve("still open"), 5000);
      const outcome = await Promise.race([client.close(), late.promise]);
      clearTimeout(timer);
      hangUp();
      await new Promise((resolve) => mute.close(resolve));
      assert.equal(outcome, undefined);
    });

    it("rejects when the connection is refused", async () => {
      await assert.rejects(exchange(`http://127.0.0.1:${await closedPort()}/`), Error);
    });

    it("rejects when the connection is reset before the answer", async () => {
      const url = server.at("/reset", (response) => response.socket?.destroy());
      await assert.rejects(exchange(url), Error);
    });

    it("keeps the status when the connection breaks in the middle of the body", async () => {
      const url = server.at("/broken", (response) => {
        response.writeHead(207, { "content-length": "1000" });
        response.write("begin", () => response.socket?.end());
      });
      assert.equal((await exchange(url)).status, 207);
    });

    it("serves many at once", async () => {
      const url = server.at("/many", (response, { body }) => response.end(String(body.length)));
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) => exchange(url, { body: new Uint8Array(i) })),
      );
      assert.deepEqual(answers.map(({ text }) => Number(text)), answers.map((_, i) => i));
    });
  });
}

/** Writes as long as the other side reads. */
function pour(response: ServerResponse): void {
  const chunk = "a".repeat(16 * 1024);
  response.write(chunk, (error) => {
    if (!error && !response.destroyed) pour(response);
  });
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => resolve = settle);
  return { promise, resolve };
}

async function rejectsWith(promise: Promise<unknown>, reason: Error): Promise<void> {
  await assert.rejects(promise, (error) => error === reason);
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}
