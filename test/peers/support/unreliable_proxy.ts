import { Buffer } from "node:buffer";
import { createServer, type Server } from "node:http";
import { freePort } from "./scratch.ts";

/** What it does with a request: `lose` says that it was taken, and throws it away. */
export type ProxyMode = "pass" | "down" | "refuse" | "lose";

/** Stands before a receiver, and is as good as it is told to be. */
export class UnreliableProxy {
  mode: ProxyMode = "pass";
  /** What it says where it refuses. */
  words = "label name too long";
  #origin = "";
  readonly #target: string;
  readonly #server: Server = createServer((message, response) => {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("end", () => {
      if (this.mode === "down") return void response.writeHead(503).end("no room\n");
      if (this.mode === "refuse") return void response.writeHead(400).end(`${this.words}\n`);
      if (this.mode === "lose") return void response.writeHead(204).end();
      const headers = { ...message.headers } as Record<string, string>;
      delete headers["host"];
      delete headers["connection"];
      delete headers["content-length"];
      delete headers["transfer-encoding"];
      const body = Buffer.concat(chunks);
      fetch(`${this.#target}${message.url}`, { method: "POST", headers, body }).then(
        async (answer) => response.writeHead(answer.status).end(await answer.text()),
        () => response.writeHead(502).end(),
      );
    });
  });

  private constructor(target: string) {
    this.#target = target;
  }

  static async before(target: string): Promise<UnreliableProxy> {
    const proxy = new UnreliableProxy(target);
    const port = await freePort();
    proxy.#origin = `http://127.0.0.1:${port}`;
    await new Promise<void>((resolve) => proxy.#server.listen(port, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `${this.#origin}/api/v1/write`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }
}
