import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A client that need not speak HTTP, and shows what it was answered as it came. */
export class RawClient {
  readonly #socket: Socket;
  #got = "";
  #isClosed = false;
  #heard: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket
      .on("data", (chunk: Uint8Array) => this.#got += Buffer.from(chunk).toString("latin1"))
      .on("data", () => this.#heard())
      // However it ends, that it does is all that is asked for.
      .on("error", () => {})
      .on("close", () => {
        this.#isClosed = true;
        this.#heard();
      });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1" });
    const client = new RawClient(socket);
    await once(socket, "connect");
    return client;
  }

  get got(): string {
    return this.#got;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The statuses of all final answers so far. */
  get statuses(): number[] {
    return Array.from(this.#got.matchAll(/^HTTP\/1\.1 ([2-5]\d\d) /gm), ([, code]) => Number(code));
  }

  /** Each character is a byte. */
  send(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** Writes all of it before it reads anything; false when the connection ended before. */
  async sendAllFirst(text: string): Promise<boolean> {
    this.#socket.pause();
    const isSent = await new Promise<boolean>((resolve) => {
      this.#socket.once("close", () => resolve(false));
      this.#socket.write(text, "latin1", (error) => resolve(!error));
    });
    this.#socket.resume();
    return isSent;
  }

  /** Reads nothing, until it is to go on. */
  hold(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  go(): void {
    this.#socket.resume();
  }

  /** Ends this side alone. */
  end(): void {
    this.#socket.end();
  }

  leave(): void {
    this.#socket.destroy();
  }

  /** Resolves when it holds, or when nothing more can come. */
  async until(done: () => boolean): Promise<void> {
    while (!done() && !this.#isClosed) await new Promise<void>((resolve) => this.#heard = resolve);
  }

  async closed(): Promise<void> {
    await this.until(() => this.#isClosed);
  }
}
