import type { NatsConnection } from "@nats-io/nats-core";
import { StreamError } from "../../errors.ts";
import { isDenial } from "./errors.ts";

/**
 * So many in a row are one. The first may be of credentials that were replaced meanwhile: what
 * their files say now is read by then, and is what the next connection says.
 */
const REFUSALS = 2;
/** What servers say; whatever else is in such a line is nobody's business. */
const KNOWN =
  /authorization violation|(?:user|account) authentication expired|authentication timeout/i;

/**
 * Knows whether the servers refuse who asks, while a connection that was lost is made anew again
 * and again: what is asked in the meantime would wait for its whole time, and be told no reason.
 */
export class RefusalWatch {
  readonly #pending = new Set<(words: string) => void>();
  #isConnected = true;
  #refusals = 0;
  #words = "";

  /** @param connection one that has been made */
  constructor(connection: Pick<NatsConnection, "status">) {
    // It ends with the connection.
    void this.#follow(connection.status());
  }

  /**
   * What `work` resolves to, unless the servers refuse who asks, or do so before it is done: it
   * may be done all the same, as with an answer that was lost.
   *
   * @param what is asked
   * @throws {StreamError} `denied`
   */
  async during<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const denied = (words: string) => new StreamError("denied", `${what}: ${words}`);
    if (this.#refusals >= REFUSALS) throw denied(this.#words);
    return await new Promise<Result>((resolve, reject) => {
      const refuse = (words: string): void => reject(denied(words));
      this.#pending.add(refuse);
      work().finally(() => this.#pending.delete(refuse)).then(resolve, reject);
    });
  }

  async #follow(all: ReturnType<NatsConnection["status"]>): Promise<void> {
    for await (const status of all) {
      if (status.type === "disconnect") this.#isConnected = false;
      else if (status.type === "reconnect") {
        this.#isConnected = true;
        this.#refusals = 0;
      } else if (status.type === "error" && !this.#isConnected && isDenial(status.error)) {
        this.#refuse(status.error.message);
      }
    }
  }

  #refuse(said: string): void {
    this.#refusals++;
    const [known] = KNOWN.exec(said) ?? [];
    this.#words = `the servers refuse who asks${known && `: ${known.toLowerCase()}`}`;
    if (this.#refusals < REFUSALS) return;
    for (const refuse of this.#pending) refuse(this.#words);
  }
}
