import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { ProxyStream } from "./http/tunnel.ts";
import { inPlainWords } from "./tls_words.ts";

/** A socket from which a few bytes are read at a time, before it is somebody else's. */
export class SocketStream implements ProxyStream {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  #got: Buffer = Buffer.alloc(0);
  /** Why nothing more comes. */
  #end: unknown;
  #hasEnded = false;
  /** Looks whether what has come is enough for who waits. */
  #look: () => void = () => {};

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.on("data", this.#onData).on("error", this.#onError).on("end", this.#onEnd)
      .on("close", this.#onEnd);
    signal.addEventListener("abort", this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
    else if (socket.destroyed) this.#onEnd();
  }

  readonly #onData = (bytes: Uint8Array): void => {
    this.#got = Buffer.concat([this.#got, bytes]);
    this.#look();
  };
  readonly #onError = (error: Error): void => this.#finish(inPlainWords(error));
  readonly #onEnd = (): void => this.#finish(new Error("it has hung up"));
  readonly #onAbort = (): void => this.#finish(this.#signal.reason);

  #finish(why: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#end = why;
    this.#look();
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  read(enough: (bytes: Uint8Array) => number | undefined): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        try {
          const count = enough(this.#got);
          if (count !== undefined && count <= this.#got.length) {
            this.#look = () => {};
            resolve(this.#got.subarray(0, count));
            this.#got = this.#got.subarray(count);
          } else if (this.#hasEnded) reject(this.#end);
        } catch (error) {
          reject(error);
        }
      };
      this.#look();
    });
  }

  /** @throws {Error} when more has come than was read: whoever gets the socket speaks first. */
  expectNothing(): void {
    if (this.#got.length > 0) throw new Error("it says more than it was asked");
  }

  /** Gives the socket away. */
  release(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#socket.off("data", this.#onData).off("error", this.#onError).off("end", this.#onEnd)
      .off("close", this.#onEnd).pause();
  }
}
