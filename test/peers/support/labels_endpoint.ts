import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createServer, type Server } from "node:http";
import { decodeRequest } from "../../support/remote_write.ts";
import type { LabelPairs } from "../../support/signals.ts";
import { plainRequest } from "./read_request.ts";
import { freePort } from "./scratch.ts";

/** Keeps the labels of what arrives by remote write 1.0, apart for each path, by the value of the sample. */
export class LabelsEndpoint {
  readonly origin: string;
  readonly #server: Server;
  readonly #arrived = new Map<string, Map<bigint, LabelPairs>>();

  private constructor(port: number) {
    this.origin = `http://127.0.0.1:${port}`;
    this.#server = createServer((message, response) => {
      const chunks: Uint8Array[] = [];
      message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      message.on("end", () => {
        this.#take(message.url!, Buffer.concat(chunks));
        response.writeHead(204).end();
      });
    });
  }

  static async open(): Promise<LabelsEndpoint> {
    const port = await freePort();
    const endpoint = new LabelsEndpoint(port);
    await new Promise<void>((resolve) => endpoint.#server.listen(port, "127.0.0.1", resolve));
    return endpoint;
  }

  /** In the order of the values. A series without labels is none, as Prometheus 2 has it; 3 sends it. */
  arrived(path: string): Map<bigint, LabelPairs> {
    const all = [...this.#arrived.get(path) ?? []].filter(([, labels]) => labels.length > 0);
    return new Map(all.sort(([a], [b]) => a < b ? -1 : 1));
  }

  #take(path: string, body: Uint8Array): void {
    const arrived = this.#arrived.get(path) ?? new Map<bigint, LabelPairs>();
    this.#arrived.set(path, arrived);
    for (const { labels, signals } of decodeRequest(plainRequest(body), "v1").series) {
      for (const signal of signals) {
        assert.equal(signal.kind, "sample");
        if (signal.kind === "sample") arrived.set(signal.bits, labels);
      }
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }
}
