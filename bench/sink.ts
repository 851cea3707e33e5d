/**
 * The endpoint of the benchmarks, in a process of its own: takes remote write
 * 1.0 and 2.0, answers 204, counts. `GET /counts` tells; `POST /down`, `/slow` and `/up`
 * make it answer 503, 204 after a while, and 204.
 */
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import process from "node:process";
import { plainRequest, visitSamples } from "../test/peers/support/read_request.ts";
import { countSamples } from "./count_v2.ts";

/** What has come in since the start. */
export interface SinkCounts {
  readonly requests: number;
  readonly samples: number;
  /** When the first one came, also while it was down; 0 before. Since the epoch. */
  readonly firstRequestMs: number;
  /** When the first and the last one were taken; 0 before. Since the epoch. */
  readonly firstTakenMs: number;
  readonly lastTakenMs: number;
  /** On the wire: headers too. */
  readonly wireBytes: number;
  readonly bodyBytes: number;
  /** Content encodings and versions that senders named. */
  readonly protocols: readonly string[];
}

/** How long an endpoint takes that is far away and has a lot to do. */
const SLOW_MS = 50;

let requests = 0;
let samples = 0;
let bodyBytes = 0;
let closedBytes = 0;
let firstRequestMs = 0;
let firstTakenMs = 0;
let lastTakenMs = 0;
let mode: "/up" | "/slow" | "/down" = "/up";
const protocols = new Set<string>();
const sockets = new Set<Socket>();

const server = createServer((message, response) => {
  const chunks: Uint8Array[] = [];
  message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  message.on("end", () => {
    if (message.url === "/counts") return tell(response);
    const { url } = message;
    const answer = (status: number, headers = {}): unknown =>
      response.writeHead(status, headers).end();
    if (url === "/down" || url === "/slow" || url === "/up") {
      mode = url;
      return void answer(204);
    }
    firstRequestMs ||= Date.now();
    if (mode === "/down") return void answer(503);
    const written = take(Buffer.concat(chunks), message);
    if (mode === "/slow") setTimeout(answer, SLOW_MS, 204, written);
    else answer(204, written);
  });
});
// A connection that idles is the sender's to close.
server.keepAliveTimeout = 0;
server.listen(Number(process.argv[2]), "127.0.0.1");

/** Returns what the answer has to say. */
function take(body: Uint8Array, { socket, headers }: IncomingMessage): Record<string, string> {
  countBytesOf(socket);
  requests++;
  bodyBytes += body.length;
  const isV2 = headers["content-type"]?.includes("io.prometheus.write.v2.Request") ?? false;
  let taken = 0;
  if (isV2) taken = countSamples(plainRequest(body));
  else visitSamples(body, () => taken++);
  samples += taken;
  lastTakenMs = Date.now();
  firstTakenMs ||= lastTakenMs;
  const version = headers["x-prometheus-remote-write-version"];
  protocols.add(`${headers["content-encoding"]}, remote write ${version}`);
  // Without these, a sender takes it that 2.0 was not understood.
  return isV2
    ? {
      "x-prometheus-remote-write-samples-written": String(taken),
      "x-prometheus-remote-write-histograms-written": "0",
      "x-prometheus-remote-write-exemplars-written": "0",
    }
    : {};
}

/** The connections of senders, without those that ask for the counts. */
function countBytesOf(socket: Socket): void {
  if (sockets.has(socket)) return;
  sockets.add(socket);
  socket.on("close", () => {
    sockets.delete(socket);
    closedBytes += socket.bytesRead;
  });
}

function tell(response: ServerResponse): void {
  const wireBytes = [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, closedBytes);
  const counts = {
    requests,
    samples,
    firstRequestMs,
    firstTakenMs,
    lastTakenMs,
    wireBytes,
    bodyBytes,
    protocols: [...protocols],
  };
  response.end(JSON.stringify(counts satisfies SinkCounts));
}
