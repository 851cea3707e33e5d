import { Buffer } from "node:buffer";
import { createServer, type Server } from "node:http";
import { freePort } from "./scratch.ts";
import { visitSamples } from "./read_request.ts";

/** A sample as it arrived. */
export interface Arrived {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  readonly value: number;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** An endpoint that keeps what it takes, in order, and can be down. */
export class KeepingEndpoint {
  readonly url: string;
  readonly arrived: Arrived[] = [];
  readonly #server: Server;
  #isUp = false;

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}/api/v1/write`;
    this.#server = createServer((message, response) => {
      const chunks: Uint8Array[] = [];
      message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      message.on("end", () => {
        if (this.#isUp) this.#take(Buffer.concat(chunks));
        response.writeHead(this.#isUp ? 204 : 503).end();
      });
    });
  }

  /** Down at first: it answers 503. */
  static async open(): Promise<KeepingEndpoint> {
    const port = await freePort();
    const endpoint = new KeepingEndpoint(port);
    const server = endpoint.#server;
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return endpoint;
  }

  comeUp(): void {
    this.#isUp = true;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }

  #take(body: Uint8Array): void {
    visitSamples(body, (plain, labelsAt, labelsEnd, timestampMs, value) => {
      const labels = readLabels(plain.subarray(labelsAt, labelsEnd));
      this.arrived.push({ labels, timestampMs, value });
    });
  }
}

/** Lengths under 128 alone: one byte each. */
function readLabels(bytes: Uint8Array): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = 0; at < bytes.length; at += 2 + bytes[at + 1]!) {
    const nameAt = at + 4;
    const nameEnd = nameAt + bytes[nameAt - 1]!;
    const valueAt = nameEnd + 2;
    const value = bytes.subarray(valueAt, valueAt + bytes[valueAt - 1]!);
    labels[decoder.decode(bytes.subarray(nameAt, nameEnd))] = decoder.decode(value);
  }
  return labels;
}
