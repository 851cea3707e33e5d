/** What every {@link HttpClient} must do for who wants the whole body: `onBody`. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../src/contracts.ts";
import { BodyTooLargeError, UnreadableAnswerError } from "../../src/errors.ts";
import { EndpointServer } from "./endpoint_server.ts";
import { RawServer } from "./raw_server.ts";

/** An answer, in pieces as they were told. */
interface Read {
  readonly answer: HttpAnswer;
  readonly body: string;
}

const FORMS: Readonly<Record<string, { readonly sent: string; readonly closes?: boolean }>> = {
  "with a content-length": { sent: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na page\n1\n" },
  "in chunks": {
    sent: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" +
      "7\r\na page\n\r\n2;x=y\r\n1\n\r\n0\r\ntrailer: yes\r\n\r\n",
  },
  "until the connection ends": { sent: "HTTP/1.1 200 OK\r\n\r\na page\n1\n", closes: true },
};

const CUT: Readonly<Record<string, string>> = {
  "with a content-length": "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na page\n1",
  "in chunks, in the midst of one": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" +
    "9\r\na page\n1",
  "in chunks, before the last one": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" +
    "9\r\na page\n1\n\r\n",
  "in chunks, before the end of the trailers":
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\na page\n1\n\r\n0\r\n",
};

export function wholeBodyContract(name: string, open: () => Promise<HttpClient>): void {
  describe(`HttpClient with a whole body: ${name}`, () => {
    const server = new EndpointServer();
    let client: HttpClient;
    before(async () => {
      await server.open();
      client = await open();
    });
    after(async () => {
      await client.close();
      await server.close();
    });

    async function read(
      url: string,
      more: Partial<HttpRequest> = {},
      signal: AbortSignal = new AbortController().signal,
    ): Promise<Read> {
      const pieces: Uint8Array[] = [];
      const onBody = (piece: Uint8Array): void => void pieces.push(piece.slice());
      const request = { url, method: "GET" as const, headers: {}, answerBytesMax: 100, onBody };
      const answer = await client.exchange({ ...request, ...more }, signal);
      return { answer, body: Buffer.concat(pieces).toString("latin1") };
    }

    async function readRaw(sent: string, closes: boolean): Promise<Read> {
      const raw = new RawServer((socket) => {
        socket.on("data", () => closes ? socket.end(sent, "latin1") : socket.write(sent, "latin1"));
      });
      try {
        return await read(`http://127.0.0.1:${await raw.open()}/`);
      } finally {
        await raw.close();
      }
    }

    for (const [form, { sent, closes = false }] of Object.entries(FORMS)) {
      it(`tells all of a body ${form}, and no text`, async () => {
        const { answer, body } = await readRaw(sent, closes);
        assert.equal(body, "a page\n1\n");
        assert.deepEqual([answer.status, answer.text], [200, ""]);
      });
    }

    for (const [form, sent] of Object.entries(CUT)) {
      it(`has an error for a body that is cut short ${form}`, async () => {
        await assert.rejects(readRaw(sent, true), (error) => {
          assert.ok(error instanceof UnreadableAnswerError, String(error));
          assert.match(error.message, /its body is not whole/);
          return true;
        });
      });
    }

    it("has an error for chunks that are none, and for a body packed for the way", async () => {
      const chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzzz\r\n";
      await assert.rejects(readRaw(chunks, false), UnreadableAnswerError);
      const packed = "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
      await assert.rejects(readRaw(packed, false), UnreadableAnswerError);
    });

    it("tells status and headers with each piece, of any answer", async () => {
      const url = server.at("/gone", (response) => {
        response.writeHead(410, { "x-why": "too old" }).end("gone");
      });
      const seen: unknown[] = [];
      const { answer } = await read(url, {
        onBody: (piece, { status, header }) =>
          seen.push([Buffer.from(piece).toString(), status, header("x-why")]),
      });
      assert.deepEqual(seen, [["gone", 410, "too old"]]);
      assert.equal(answer.status, 410);
    });

    it("does not wait for a body that is not wanted, and asks by the status which one is", async () => {
      const head = "HTTP/1.1 503 Busy\r\nx-why: load\r\n";
      for (const rest of ["content-length: 101\r\n\r\n", "content-length: 9\r\n\r\nab", "\r\nab"]) {
        const seen: number[] = [];
        const raw = new RawServer((socket) => {
          socket.on("data", () => socket.end(head + rest, "latin1"));
        });
        try {
          const wantsBodyOf = (status: number) => (seen.push(status), false);
          const url = `http://127.0.0.1:${await raw.open()}/`;
          const { answer, body } = await read(url, { wantsBodyOf });
          assert.deepEqual([answer.status, answer.header("x-why"), body], [503, "load", ""]);
        } finally {
          await raw.close();
        }
        assert.deepEqual(seen, [503]);
      }
      const url = server.at("/wanted", (response) => response.end("yes"));
      assert.equal((await read(url, { wantsBodyOf: (status) => status === 200 })).body, "yes");
    });

    it("tells pieces as they come, while the body goes on", async () => {
      const url = server.at("/watch", (response) => {
        response.writeHead(200);
        response.write("first");
        onFirst = () => response.end("second");
      });
      let onFirst = (): void => {};
      let body = "";
      await read(url, {
        answerBytesMax: Infinity,
        onBody: (piece) => {
          body += Buffer.from(piece).toString();
          if (body === "first") onFirst();
        },
      });
      assert.equal(body, "firstsecond");
    });

    it("takes a body of exactly the limit, and tells one byte more apart, and hangs up", async () => {
      const closed = deferred<void>();
      const exact = server.at("/exact", (response) => response.end("a".repeat(100)));
      assert.equal((await read(exact)).body.length, 100);
      const url = server.at("/more", (response) => {
        response.on("close", () => closed.resolve());
        response.writeHead(200, { "content-length": "101" });
        response.write("a".repeat(100));
        response.write("a");
      });
      await assert.rejects(read(url), BodyTooLargeError);
      await closed.promise;
      const connections = server.connections;
      assert.equal((await read(exact)).body.length, 100);
      assert.equal(server.connections, connections + 1);
    });

    it("has no limit where there is none", async () => {
      const url = server.at("/large", (response) => response.end("ab".repeat(500_000)));
      assert.equal((await read(url, { answerBytesMax: Infinity })).body, "ab".repeat(500_000));
    });

    it("has what is thrown over a piece as its error", async () => {
      const reason = new Error("that will do");
      const url = server.at("/throw", (response) => response.end("a"));
      const onBody = (): void => {
        throw reason;
      };
      await assert.rejects(read(url, { onBody }), (error) => error === reason);
    });

    it("rejects with the signal's reason in the middle of a body", async () => {
      const controller = new AbortController();
      const reason = new Error("stopped in the body");
      const closed = deferred<void>();
      const url = server.at("/stop", (response) => {
        response.on("close", () => closed.resolve());
        response.writeHead(200, { "content-length": "1000" });
        response.write("begin");
      });
      const onBody = (): void => controller.abort(reason);
      const outcome = read(url, { onBody, answerBytesMax: 1000 }, controller.signal);
      await assert.rejects(outcome, (error) => error === reason);
      await closed.promise;
    });

    it("uses the connection again, also after a body that is large", async () => {
      const url = server.at("/keep", (response) => response.end("ab".repeat(200_000)));
      await read(url, { answerBytesMax: 400_000 });
      const { connections } = server;
      for (let i = 0; i < 3; i++) await read(url, { answerBytesMax: 400_000 });
      assert.equal(server.connections, connections);
    });

    it("asks for what coding its headers say, and does not undo it", async () => {
      const asked: unknown[] = [];
      const url = server.at("/gzip", (response, { message }) => {
        asked.push(message.headers["accept-encoding"]);
        response.writeHead(200, { "content-encoding": "gzip" }).end("packed");
      });
      const packed = await read(url, { headers: { "Accept-Encoding": "gzip" } });
      assert.equal(packed.body, "packed");
      assert.equal(packed.answer.header("content-encoding"), "gzip");
      await read(url);
      assert.deepEqual(asked, ["gzip", "identity"]);
    });

    for (const scheme of ["http", "https"]) {
      it(`connects to a socket of this host, over ${scheme}, and keeps that connection`, {
        skip: process.platform === "win32" ? "needs Unix sockets" : false,
      }, async () => {
        const path = `${tmpdir()}/walq-${process.pid}-${scheme}.sock`;
        const unix = await openUnix(path, scheme === "https" ? tlsOf() : undefined);
        try {
          const url = `${scheme}://localhost/json`;
          if (scheme === "https") {
            // That it is verified shows that TLS is spoken.
            await assert.rejects(read(url, { unixSocket: path }), /certificate/);
            return;
          }
          for (let i = 0; i < 3; i++) {
            assert.equal((await read(url, { unixSocket: path })).body, "localhost /json");
          }
          assert.equal(unix.connections, 1);
          await client.close();
        } finally {
          await unix.close();
          await rm(path, { force: true });
        }
      });
    }

    it("keeps connections to sockets apart that have the same URL", {
      skip: process.platform === "win32" ? "needs Unix sockets" : false,
    }, async () => {
      const paths = ["a", "b"].map((one) => `${tmpdir()}/walq-${process.pid}-${one}.sock`);
      const servers = await Promise.all(paths.map((path) => openUnix(path, undefined)));
      for (const path of [...paths, ...paths]) {
        await read("http://localhost/", { unixSocket: path });
      }
      assert.deepEqual(servers.map(({ connections }) => connections), [1, 1]);
      await client.close();
      for (const server of servers) await server.close();
      for (const path of paths) await rm(path, { force: true });
    });

    it("has an error for a socket that is not there", async () => {
      const unixSocket = `${tmpdir()}/walq-${process.pid}-none.sock`;
      await assert.rejects(read("http://localhost/", { unixSocket }), Error);
    });
  });
}

interface UnixServer {
  readonly connections: number;
  close(): Promise<void>;
}

async function openUnix(
  path: string,
  tls: { cert: string; key: string } | undefined,
): Promise<UnixServer> {
  const serve: Parameters<typeof createServer>[1] = (message, response) =>
    void response.end(`${message.headers.host} ${message.url}`);
  const server: Server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("tlsClientError", () => {});
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    get connections() {
      return connections;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function tlsOf(): { cert: string; key: string } {
  const read = (name: string): string => readFileSync(`test/fixtures/tls/${name}.pem`, "utf8");
  return { cert: read("valid"), key: read("key") };
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => resolve = settle);
  return { promise, resolve };
}
