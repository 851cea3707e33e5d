import { Agent, request } from "node:http";
import { type Wire, WIRE_HEADERS } from "./wire.ts";

/** An answer of walq's receiver. */
export interface SentAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

/** A connection that stays open between requests. */
export class Sender {
  readonly #url: string;
  readonly #wire: Wire;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string, wire: Wire = "1.0") {
    this.#url = url;
    this.#wire = wire;
  }

  /** Posts a remote write request; resolves to the status, rejects on a network error. */
  send(body: Uint8Array): Promise<SentAnswer> {
    return new Promise((resolve, reject) => {
      const headers = {
        ...WIRE_HEADERS[this.#wire],
        "content-encoding": "snappy",
        "content-length": body.length,
      };
      const options = { method: "POST", agent: this.#agent, headers };
      const outgoing = request(this.#url, options, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => text += part);
        const retryAfter = answer.headers["retry-after"];
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text, retryAfter }));
        answer.on("error", reject);
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
