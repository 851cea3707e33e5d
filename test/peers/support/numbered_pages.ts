import { createServer, type Server } from "node:http";
import { promisify } from "node:util";
import { freePort } from "./scratch.ts";
import { until } from "./until.ts";

/** The gauge that is added to each page: which one it is. */
export const PAGE_NUMBER = "page_number";

/** Stands before an exporter for one who scrapes it, and keeps and numbers the pages that it serves. */
export class NumberedPages {
  readonly address: string;
  readonly #server: Server;
  readonly #pages: string[] = [];
  #asked = 0;

  private constructor(port: number, exporter: string) {
    this.address = `127.0.0.1:${port}`;
    this.#server = createServer((_, response) => {
      const number = this.#asked++;
      const answer = async (): Promise<void> => {
        const page = await fetch(exporter);
        const text = this.#pages[number] = `${await page.text()}${PAGE_NUMBER} ${number}\n`;
        response.writeHead(page.status, { "content-type": page.headers.get("content-type")! });
        response.end(text);
      };
      answer().catch((error: Error) => response.destroy(error));
    });
  }

  /** @param exporter the URL of its page */
  static async open(exporter: string): Promise<NumberedPages> {
    const port = await freePort();
    const pages = new NumberedPages(port, exporter);
    await new Promise<void>((resolve) => pages.#server.listen(port, "127.0.0.1", resolve));
    return pages;
  }

  /** How often it was asked for the page: the next one has this number. */
  get asked(): number {
    return this.#asked;
  }

  /** A page that was served. */
  page(number: number): string {
    return this.#pages[number]!;
  }

  /** Nobody is connected any more: all that a killed process has asked for is counted. */
  async untilLeft(): Promise<void> {
    const connections = promisify(this.#server.getConnections.bind(this.#server));
    await until("whoever scraped is gone", async () => await connections() === 0);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }
}
