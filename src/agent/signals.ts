import type { AgentHost, Signal } from "./host.ts";

/** Signals in the order they came. A second one to stop ends the process at once. */
export class Signals {
  /** Resolves with the first signal to stop, which {@link next} gives too. */
  readonly stopping: Promise<Signal>;
  readonly #waiting: Signal[] = [];
  #wake: (() => void) | undefined;

  constructor(host: AgentHost) {
    let isStopping = false;
    let stop: (signal: Signal) => void = () => {};
    this.stopping = new Promise((resolve) => stop = resolve);
    host.onSignal((signal) => {
      if (signal !== "SIGHUP") {
        if (isStopping) return host.exit(1);
        isStopping = true;
        stop(signal);
      }
      // One that waits stands for those that come meanwhile.
      if (!this.#waiting.includes(signal)) this.#waiting.push(signal);
      this.#wake?.();
    });
  }

  async next(): Promise<Signal> {
    for (;;) {
      const signal = this.#waiting.shift();
      if (signal !== undefined) return signal;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
