/**
 * What an attempt comes to before endpoints that break HTTP, against real sockets:
 * a retry, or an outcome where there was a status; a clear text; no secret in it.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import type { HttpClient } from "../../src/contracts.ts";
import { attemptOnce, type AttemptResult } from "../../src/network/attempt.ts";
import type { Verdict } from "../../src/network/retry.ts";
import { SystemClock } from "../../src/platform/system_clock.ts";
import { samplesOnly } from "../support/counts.ts";
import { fixedCredential } from "../support/fixed_credential.ts";
import { RawServer } from "./raw_server.ts";

const MIB = 1024 * 1024;
/** No client has to keep more of what it cannot use; runtimes collect garbage when they please. */
const GROWTH_BYTES_MAX = 160 * MIB;
/** More than what the sockets between the two hold. */
const LARGE_BODY_BYTES = 32 * MIB;
const SMALL_BODY_BYTES = 100;
/** For what ends by the timeout alone. */
const SHORT_MS = 1_000;
const LONG_MS = 60_000;

/** A server's conduct, and what must come of it. */
interface Fault {
  readonly serve: (socket: Socket) => void;
  /** All that may come of it, where more than one is right. */
  readonly verdict: Verdict["kind"] | readonly Verdict["kind"][];
  readonly status?: number;
  readonly reason?: RegExp;
  readonly bodyBytes?: number;
  readonly timeoutMs?: number;
}

const PROTOCOL = /^the answer cannot be read: it begins with ".*", expected "HTTP\/"$/;
const TOO_LARGE = /^the answer cannot be read: its head has more than 262144 bytes$/;
const CUT = /the connection was closed|ECONNRESET|EPIPE|reset by peer|broken pipe/i;
const DONE = "HTTP/1.1 204 No Content\r\n\r\n";

const FAULTS: Readonly<Record<string, Fault>> = {
  "another protocol": {
    serve: (socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"),
    verdict: "retry",
    reason: PROTOCOL,
  },
  "an answer without a header": {
    serve: asked((socket) => socket.end("<html>hello</html>")),
    verdict: "retry",
    reason: PROTOCOL,
  },
  "zeros": {
    serve: (socket) => socket.write(new Uint8Array(100_000)),
    verdict: "retry",
    reason: PROTOCOL,
  },
  "a TLS alert, as to one that should speak TLS": {
    serve: asked((socket) => socket.end(Uint8Array.of(0x15, 3, 3, 0, 2, 2, 80))),
    verdict: "retry",
    reason: PROTOCOL,
  },
  "a connection that is closed at once": {
    serve: (socket) => socket.end(),
    verdict: "retry",
    reason: CUT,
  },
  "a header line without end": {
    serve: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nx-long: ");
      pour(socket, "a".repeat(16 * 1024));
    },
    verdict: "retry",
    reason: TOO_LARGE,
  },
  "headers without end": {
    serve: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      let number = 0;
      pour(socket, () => Array.from({ length: 500 }, () => `x-${number++}: more\r\n`).join(""));
    },
    verdict: "retry",
    reason: TOO_LARGE,
  },
  "a status line without end": {
    serve: (socket) => {
      socket.write("HTTP/1.1 200 ");
      pour(socket, "a".repeat(16 * 1024));
    },
    verdict: "retry",
    reason: TOO_LARGE,
  },
  "a status that is none": {
    serve: asked((socket) => socket.write("HTTP/1.1 000 What\r\ncontent-length: 0\r\n\r\n")),
    verdict: "retry",
    reason: /^the answer cannot be read: its first line is "HTTP\/1.1 000 What"/,
  },
  "a status of no class": {
    serve: asked((socket) => socket.write("HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n")),
    verdict: "retry",
    status: 999,
  },
  "a redirect to another host, which nobody follows": {
    serve: asked((socket) =>
      socket.write(
        "HTTP/1.1 307 Elsewhere\r\nlocation: http://localhost:1/\r\ncontent-length: 0\r\n\r\n",
      )
    ),
    verdict: "retry",
    status: 307,
    reason: /^HTTP 307: a redirect to http:\/\/localhost:1\/, which is not followed$/,
  },
  "a redirect in a circle": {
    serve: asked((socket) =>
      socket.write("HTTP/1.1 302 Again\r\nlocation: ?\r\ncontent-length: 0\r\n\r\n")
    ),
    verdict: "retry",
    status: 302,
    reason:
      /^HTTP 302: a redirect to http:\/\/127\.0\.0\.1:\d+\/push\?\.\.\., which is not followed$/,
  },
  "two lengths": {
    serve: asked((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello")
    ),
    verdict: "retry",
    reason: /^the answer cannot be read: its content-length is "5, 6", expected one number$/,
  },
  "a connection that is closed in the middle of the request": {
    serve: asked((socket) => socket.destroy()),
    verdict: "retry",
    reason: CUT,
    bodyBytes: LARGE_BODY_BYTES,
  },
  "a connection that is reset in the middle of the request": {
    serve: asked((socket) => socket.resetAndDestroy()),
    verdict: "retry",
    reason: CUT,
    bodyBytes: LARGE_BODY_BYTES,
  },
  "a 413 in the middle of the request": {
    serve: asked((socket) =>
      socket.end("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    ),
    // A reset behind the answer can take it away: then it is answered again.
    verdict: ["too_large", "retry"],
    bodyBytes: LARGE_BODY_BYTES,
  },
  "interim answers, then one": {
    serve: asked((socket) =>
      socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(100) + DONE)
    ),
    verdict: "delivered",
    status: 204,
  },
  "a 100 that nobody asked for, then an answer": {
    serve: asked((socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${DONE}`)),
    verdict: "delivered",
    status: 204,
  },
  "an interim answer alone": {
    serve: asked((socket) => socket.end("HTTP/1.1 103 Early Hints\r\n\r\n")),
    verdict: "retry",
    reason: CUT,
  },
  "interim answers without end": {
    serve: asked((socket) => pour(socket, "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100))),
    verdict: "retry",
    reason: /no answer in 1000 ms/,
    timeoutMs: SHORT_MS,
  },
  "an upgrade that nobody asked for": {
    serve: asked((socket) =>
      socket.write("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nhello")
    ),
    verdict: "retry",
    reason: /^the answer cannot be read: it switches to another protocol \(101\)$/,
  },
  "a 200, then a reset": {
    serve: asked((socket) =>
      socket.write(
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nbegin",
        () => socket.resetAndDestroy(),
      )
    ),
    // Who is faster, the status or the reset, is not for the client to say.
    verdict: ["delivered", "retry"],
  },
  "a 204, then a reset": {
    serve: asked((socket) => socket.write(DONE, () => socket.resetAndDestroy())),
    verdict: ["delivered", "retry"],
  },
  "a 400, then a reset": {
    serve: asked((socket) =>
      socket.write(
        "HTTP/1.1 400 Bad\r\ncontent-length: 1000\r\n\r\nbegin",
        () => socket.resetAndDestroy(),
      )
    ),
    verdict: ["rejected", "retry"],
  },
  "a second answer that nobody asked for": {
    serve: asked((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 400 Bad\r\n\r\n\0\0")
    ),
    verdict: "delivered",
    status: 200,
  },
  "a body whose chunks are none": {
    serve: asked((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n")
    ),
    verdict: "delivered",
    status: 200,
  },
  "a body that never comes": {
    serve: asked((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")),
    verdict: "delivered",
    status: 200,
    timeoutMs: SHORT_MS,
  },
  "no answer at all": {
    serve: () => {},
    verdict: "retry",
    reason: /no answer in 1000 ms/,
    timeoutMs: SHORT_MS,
  },
};

const SECRETS = /hush|s3cret|only-me/;

export function httpFaultsContract(name: string, open: () => Promise<HttpClient>): void {
  describe(`HttpClient faults: ${name}`, () => {
    let client: HttpClient;
    before(async () => {
      client = await open();
    });
    after(() => client.close());

    for (const [what, fault] of Object.entries(FAULTS)) {
      it(what, async () => {
        const { verdict, status, reason = /./ } = fault;
        const rssBytes = process.memoryUsage().rss;
        const result = await attempt(client, fault);
        const growthBytes = process.memoryUsage().rss - rssBytes;
        const kind = result.verdict.kind;
        const shown = `${kind}, status ${result.status}, ${result.reason}`;
        assert.ok([verdict].flat().includes(kind), shown);
        if (status !== undefined) assert.equal(result.status, status, shown);
        if (kind === "delivered") assert.equal(result.reason, undefined);
        else assert.match(result.reason ?? "", reason);
        assert.doesNotMatch(result.reason ?? "", SECRETS);
        assert.doesNotMatch(result.reason ?? "", /\n/);
        assert.ok((result.reason ?? "").length <= 256);
        assert.ok(growthBytes < GROWTH_BYTES_MAX, `${growthBytes} bytes more`);
        // And the client is as good as before.
        const next = await attempt(client, { serve: asked((socket) => socket.write(DONE)) });
        assert.deepEqual([next.verdict.kind, next.reason], ["delivered", undefined]);
      });
    }
  });
}

async function attempt(
  http: HttpClient,
  fault: Pick<Fault, "serve" | "bodyBytes" | "timeoutMs">,
): Promise<AttemptResult> {
  const { serve, bodyBytes = SMALL_BODY_BYTES, timeoutMs = LONG_MS } = fault;
  const server = new RawServer(serve);
  const port = await server.open();
  try {
    const result = await attemptOnce(
      {
        url: `http://127.0.0.1:${port}/push?token=hush-hush`,
        headers: { "x-scope-orgid": "me-and-only-me" },
        credential: fixedCredential("Bearer s3cret"),
        onRefused: "hold",
        body: new Uint8Array(bodyBytes),
        timeoutMs,
        kinds: samplesOnly(5),
      },
      { http, clock: new SystemClock() },
      new AbortController().signal,
    );
    assert.ok(result !== undefined);
    return result;
  } finally {
    await server.close();
  }
}

/** Once the request begins to come in. */
function asked(serve: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => void socket.once("data", () => serve(socket));
}

/** Writes as long as the other side reads. */
function pour(socket: Socket, chunk: string | (() => string)): void {
  socket.write(typeof chunk === "string" ? chunk : chunk(), (error) => {
    if (!error && !socket.destroyed) pour(socket, chunk);
  });
}
