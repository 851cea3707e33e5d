import { Buffer } from "node:buffer";
import { createServer, type Server } from "node:http";
import { decodeRequest } from "../../support/remote_write.ts";
import type { MetadataForm, Signal } from "../../support/signals.ts";
import { plainRequest } from "./read_request.ts";
import { freePort } from "./scratch.ts";

/** What one sender has sent. */
export interface Recording {
  /** By the labels of their series, in the order in which they came. */
  readonly signals: Map<string, Signal[]>;
  /** By family. */
  readonly metadata: Map<string, MetadataForm>;
}

/** Keeps all that arrives by remote write 1.0, apart for each path. */
export class Recorder {
  readonly origin: string;
  readonly #server: Server;
  readonly #recordings = new Map<string, Recording>();

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

  static async open(): Promise<Recorder> {
    const port = await freePort();
    const recorder = new Recorder(port);
    await new Promise<void>((resolve) => recorder.#server.listen(port, "127.0.0.1", resolve));
    return recorder;
  }

  at(path: string): Recording {
    let recording = this.#recordings.get(path);
    if (recording === undefined) {
      this.#recordings.set(path, recording = { signals: new Map(), metadata: new Map() });
    }
    return recording;
  }

  #take(path: string, body: Uint8Array): void {
    const { signals, metadata } = this.at(path);
    const request = decodeRequest(plainRequest(body), "v1");
    for (const one of request.metadata) metadata.set(one.family, one);
    for (const { labels, signals: own } of request.series) {
      const key = labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",");
      const known = signals.get(key) ?? [];
      signals.set(key, known);
      known.push(...own);
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }
}
