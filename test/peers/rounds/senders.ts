import { Sender } from "../support/send.ts";
import { REQUEST_ROWS, type RoundLoad } from "./load.ts";

const CONNECTIONS = 4;

/**
 * Sends a load over a few connections. A request counts as acknowledged on 204
 * alone; anything else is sent again, as soon as walq is there again. A block
 * belongs to one connection, so its samples are accepted in order.
 */
export class Senders {
  /** Samples acknowledged. */
  acked = 0;
  /** Requests sent again: not answered, or answered with another status. */
  retried = 0;
  readonly #load: RoundLoad;
  readonly #ackedRequests: Uint8Array;
  readonly #onAck: () => void;
  #writeUrl: Promise<string>;
  #writeUrlKnown: (url: string) => void = () => {};

  constructor(load: RoundLoad, onAck: () => void) {
    this.#load = load;
    this.#ackedRequests = new Uint8Array(load.blocks * load.steps);
    this.#onAck = onAck;
    this.#writeUrl = new Promise((resolve) => this.#writeUrlKnown = resolve);
  }

  /** walq is there. */
  walqIsAt(writeUrl: string): void {
    this.#writeUrlKnown(writeUrl);
  }

  /** walq is gone: senders wait for the next {@link walqIsAt}. */
  walqIsGone(): void {
    this.#writeUrl = new Promise((resolve) => this.#writeUrlKnown = resolve);
  }

  isAcked(block: number, step: number): boolean {
    return this.#ackedRequests[block * this.#load.steps + step] === 1;
  }

  /** Resolves when everything is acknowledged. */
  async sendAll(): Promise<void> {
    const first = Array.from({ length: CONNECTIONS }, (_, index) => index);
    await Promise.all(first.map((connection) => this.#sendBlocksOf(connection)));
  }

  async #sendBlocksOf(connection: number): Promise<void> {
    const writeUrl = await this.#writeUrl;
    const sender = new Sender(writeUrl);
    for (let step = 0; step < this.#load.steps; step++) {
      for (let block = connection; block < this.#load.blocks; block += CONNECTIONS) {
        await this.#sendUntilAcked(sender, block, step);
      }
    }
    sender.close();
  }

  async #sendUntilAcked(sender: Sender, block: number, step: number): Promise<void> {
    const body = this.#load.request(block, step);
    for (;;) {
      await this.#writeUrl;
      const status = await sender.send(body).then((answer) => answer.status, () => 0);
      if (status === 204) break;
      if (status >= 400 && status < 500) throw new Error(`walq answered ${status}`);
      this.retried++;
      // A refused connection is refused at once: the kill is seen a moment later.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.#ackedRequests[block * this.#load.steps + step] = 1;
    this.acked += REQUEST_ROWS;
    this.#onAck();
  }
}
