import { createServer, type Server } from "node:http";
import { gzipSync } from "node:zlib";
import { freePort } from "./scratch.ts";

/** What a target answers to one scrape. */
export interface PageAnswer {
  /** @default 200 */
  readonly status?: number;
  /** @default that of the text format 0.0.4 */
  readonly contentType?: string;
  /** @default empty */
  readonly text?: string;
  /** In place of a text. */
  readonly bytes?: Uint8Array;
  /** Cut off after as many characters, although more are announced. */
  readonly cutAt?: number;
}

const TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** Targets that answer each scrape with the next one of their pages, and after the last with that; apart for each who asks. */
export class PageServer {
  readonly address: string;
  readonly #server: Server;
  readonly #asked = new Map<string, number>();

  /** `pages` by the name of a target: it is at `/<who asks>/<name>`. */
  private constructor(port: number, pages: Readonly<Record<string, readonly PageAnswer[]>>) {
    this.address = `127.0.0.1:${port}`;
    this.#server = createServer((request, response) => {
      const path = request.url!.replace(/\?.*/, "");
      const all = pages[path.split("/")[2]!];
      const at = this.#asked.get(path) ?? 0;
      this.#asked.set(path, at + 1);
      const page = all?.[Math.min(at, all.length - 1)];
      if (page === undefined) return void response.writeHead(404).end();
      const { status = 200, contentType = TEXT, text = "", bytes, cutAt } = page;
      const plain = bytes ?? new TextEncoder().encode(text);
      const isPacked = request.headers["accept-encoding"] === "gzip" && cutAt === undefined;
      const body = isPacked ? gzipSync(plain) : plain;
      response.writeHead(status, {
        ...contentType !== "" && { "content-type": contentType },
        ...isPacked && { "content-encoding": "gzip" },
        "content-length": String(body.length),
      });
      if (cutAt === undefined) response.end(body);
      else response.write(body.subarray(0, cutAt), () => response.destroy());
    });
  }

  static async open(pages: Readonly<Record<string, readonly PageAnswer[]>>): Promise<PageServer> {
    const port = await freePort();
    const server = new PageServer(port, pages);
    await new Promise<void>((resolve) => server.#server.listen(port, "127.0.0.1", resolve));
    return server;
  }

  /** How often it was asked for a page. */
  asked(who: string, name: string): number {
    return this.#asked.get(`/${who}/${name}`) ?? 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }
}
