import { Buffer } from "node:buffer";
import { createServer, type Server } from "node:http";
import { freePort } from "./scratch.ts";

/** An endpoint that takes all that comes, and is told apart by its paths. */
export abstract class Collector {
  #origin = "";
  readonly #server: Server = createServer((message, response) => {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("end", () => {
      const body = Buffer.concat(chunks);
      const written = this.take(message.url!, body, message.headers["content-type"] ?? "");
      response.writeHead(204, { ...written }).end();
    });
  });

  get origin(): string {
    return this.#origin;
  }

  /** Told of each request. May return the headers of its answer. */
  protected abstract take(
    path: string,
    body: Uint8Array,
    contentType: string,
  ): Readonly<Record<string, string>> | void;

  async listen(): Promise<void> {
    const port = await freePort();
    this.#origin = `http://127.0.0.1:${port}`;
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }
}
