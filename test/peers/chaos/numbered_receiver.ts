import { Buffer } from "node:buffer";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { visitSamples } from "../support/read_request.ts";

/** What came of one series, whose values count up from 0. */
interface Arrived {
  /** All up to this value has come. */
  newest: number;
  /** Values that came before what was before them. */
  readonly early: Set<number>;
}

/** A receiver of series whose values count up: it sees what is missing, comes twice or in a wrong order. */
export class NumberedReceiver {
  readonly #series = new Map<string, Arrived>();
  readonly #server: Server;
  #port = 0;
  samples = 0;
  duplicates = 0;
  requests = 0;
  /** Values that came after a later one of their series had come for the first time. */
  overtaken = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("error", () => {});
      request.on("end", () => {
        this.#take(Buffer.concat(parts));
        response.writeHead(204).end();
      });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/api/v1/write`;
  }

  /** The values up to this one that have not come, of a series by the bytes of its labels. */
  missing(labels: string, upTo: number): number[] {
    const { newest = -1, early = new Set<number>() } = this.#series.get(labels) ?? {};
    const missing: number[] = [];
    for (let value = newest + 1; value <= upTo; value++) if (!early.has(value)) missing.push(value);
    return missing;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }

  #take(body: Uint8Array): void {
    this.requests++;
    visitSamples(body, (plain, at, end, _timestampMs, value) => {
      const labels = Buffer.from(plain.buffer, plain.byteOffset + at, end - at).toString("latin1");
      let series = this.#series.get(labels);
      if (series === undefined) this.#series.set(labels, series = { newest: -1, early: new Set() });
      this.samples++;
      this.#one(series, value);
    });
  }

  #one(series: Arrived, value: number): void {
    if (value <= series.newest || series.early.has(value)) {
      this.duplicates++;
      return;
    }
    if (value > series.newest + 1) {
      series.early.add(value);
      return;
    }
    if (series.early.size > 0) this.overtaken++;
    series.newest = value;
    while (series.early.delete(series.newest + 1)) series.newest++;
  }
}
