import { setTimeout as delay } from "node:timers/promises";
import { metricSum, type WalqProgram } from "./walq.ts";

/** Where the signals of the one endpoint are, as one answer of /metrics tells. */
export interface Accounts {
  readonly accepted: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly pending: number;
}

const EVERY_MS = 50;

export async function readAccounts(walq: WalqProgram): Promise<Accounts> {
  const text = await (await fetch(`${walq.origin}/metrics`)).text();
  return {
    accepted: metricSum(text, "walq_accepted_signals_total"),
    delivered: metricSum(text, "walq_delivered_signals_total"),
    dropped: metricSum(text, "walq_dropped_signals_total"),
    pending: metricSum(text, "walq_pending_signals"),
  };
}

/** Reads the accounts again and again, and remembers when they did not add up. */
export class AccountsWatch {
  readings = 0;
  readonly wrong: Accounts[] = [];
  readonly #walq: WalqProgram;
  readonly #watching: Promise<void>;
  #stopped = false;

  constructor(walq: WalqProgram) {
    this.#walq = walq;
    this.#watching = this.#watch();
    // Told by stop(), to whoever waits for it.
    this.#watching.catch(() => {});
  }

  /** Before walq is stopped; rejects when /metrics failed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const accounts = await readAccounts(this.#walq);
      this.readings++;
      const { accepted, delivered, dropped, pending } = accounts;
      if (accepted !== delivered + dropped + pending) this.wrong.push(accounts);
      await delay(EVERY_MS);
    }
  }
}
