import { WalqError } from "../errors.ts";
import type { ReadChunks } from "./incoming.ts";
import { UnreadBodyError } from "./read_body.ts";

/** The body of a request as the web has them: from `Deno.serve`, `Bun.serve`, Hono. */
export class WebBody {
  readonly #request: Request;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(request: Request) {
    this.#request = request;
  }

  readonly readChunks: ReadChunks = async (take) => {
    const { body } = this.#request;
    if (this.#request.bodyUsed || body?.locked) {
      throw new Error(
        "the body of the request was read by somebody else: " +
          "walq's receiver has to come before what parses bodies",
      );
    }
    if (body === null) return;
    this.#reader = body.getReader();
    for (;;) {
      const { done, value } = await this.#read(this.#reader);
      if (done) return;
      take(value);
    }
  };

  /** What is left of it is not wanted. */
  cancel(): void {
    this.#reader?.cancel().catch(() => {});
  }

  async #read(
    reader: ReadableStreamDefaultReader<Uint8Array>,
  ): Promise<ReadableStreamReadResult<Uint8Array>> {
    try {
      return await reader.read();
    } catch (error) {
      if (error instanceof WalqError) throw error;
      throw new UnreadBodyError("The request's body broke off; come again", false);
    }
  }
}
