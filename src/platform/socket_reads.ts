/**
 * What sockets read goes through one buffer: whoever listens is done with the bytes when it
 * returns. With a buffer for each read, which is what streams do, scraping makes 64 KiB of
 * garbage for every page at least.
 */
import type { OnReadOpts } from "node:net";

/** As many bytes as the runtimes read at once. */
const BUFFER_BYTES = 64 * 1024;

let shared: Uint8Array | undefined;

/** Takes the bytes, which are the taker's until it returns. */
type Take = (bytes: Uint8Array) => void;

/** The reads of one socket: to be given to `connect`. */
export class SocketReads implements OnReadOpts {
  readonly buffer: Uint8Array = shared ??= new Uint8Array(BUFFER_BYTES);
  /** What came before anybody listened. */
  #early: Uint8Array[] = [];
  #take: Take = (bytes) => this.#early.push(bytes.slice());

  readonly callback = (count: number, buffer: Uint8Array): boolean => {
    this.#take(buffer.subarray(0, count));
    return true;
  };

  /** From now on, and first what has come before. */
  listen(take: Take): void {
    this.#take = take;
    for (const bytes of this.#early) take(bytes);
    this.#early = [];
  }
}
