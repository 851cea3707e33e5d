import { Agent, request } from "node:http";

/** An answer of walq's receiver. */
export interface SentAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

/** A connection that stays open between requests. */
export class Sender {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = url;
  }

  /** Posts a remote write 1.0 request; resolves to the status, rejects on a network error. */
  send(body: Uint8Array): Promise<SentAnswer> {
    return new Promise((resolve, reject) => {
      const headers = {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "x-prometheus-remote-write-version": "0.1.0",
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
