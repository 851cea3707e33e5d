import type { AgentHost, Signal } from "./host.ts";

/** A signal, or a request that ends the program as one does. */
export type Order = Signal | "quit";

/** Signals in the order they came. A second one to stop ends the process at once. */
export class Signals {
  /** Resolves with the first order to stop, which {@link next} gives too. */
  readonly stopping: Promise<Order>;
  readonly #waiting: Order[] = [];
  #stop: (order: Order) => void = () => {};
  #isStopping = false;
  #wake: (() => void) | undefined;

  constructor(host: AgentHost) {
    this.stopping = new Promise((resolve) => this.#stop = resolve);
    host.onSignal((signal) => {
      if (signal !== "SIGHUP" && this.#isStopping) return host.exit(1);
      this.#take(signal);
    });
  }

  /** Stops in good order, as the first signal does; while it stops already, nothing comes of it. */
  quit(): void {
    if (!this.#isStopping) this.#take("quit");
  }

  #take(order: Order): void {
    if (order !== "SIGHUP") {
      this.#isStopping = true;
      this.#stop(order);
    }
    // One that waits stands for those that come meanwhile.
    if (!this.#waiting.includes(order)) this.#waiting.push(order);
    this.#wake?.();
  }

  async next(): Promise<Order> {
    for (;;) {
      const signal = this.#waiting.shift();
      if (signal !== undefined) return signal;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
