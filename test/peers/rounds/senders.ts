import { setTimeout as delay } from "node:timers/promises";
import { Sender, type SentAnswer } from "../support/send.ts";
import { REQUEST_ROWS, type RoundLoad } from "./load.ts";

/** Requests under way at once. */
export const CONNECTIONS = 4;
/** A refused connection is refused at once: the kill is seen a moment later. */
const GONE_PAUSE_MS = 10;
/** Shorter than Retry-After asks for: a full disk is to be asked often. */
const REFUSED_PAUSE_MS = 50;

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
  /** Requests answered with 503 and Retry-After, among those. */
  refused = 0;
  readonly #load: RoundLoad;
  readonly #ackedRequests: Uint8Array;
  readonly #onAck: () => void;
  #isOver = false;
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

  /** Nothing more is sent: a test that failed must not go on for ever. */
  stop(): void {
    this.#isOver = true;
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
      if (this.#isOver) throw new Error("the senders are stopped");
      await this.#writeUrl;
      const answer = await sender.send(body).catch(() => undefined);
      if (answer?.status === 204) break;
      if (answer !== undefined) this.#countRefusal(answer);
      this.retried++;
      await delay(answer === undefined ? GONE_PAUSE_MS : REFUSED_PAUSE_MS);
    }
    this.#ackedRequests[block * this.#load.steps + step] = 1;
    this.acked += REQUEST_ROWS;
    this.#onAck();
  }

  /** 503 with Retry-After is the one answer that asks to come again. */
  #countRefusal({ status, retryAfter, text }: SentAnswer): void {
    if (status !== 503 || !/^[1-9][0-9]*$/.test(retryAfter ?? "")) {
      throw new Error(`walq answered ${status}, Retry-After ${retryAfter}: ${text}`);
    }
    this.refused++;
  }
}
