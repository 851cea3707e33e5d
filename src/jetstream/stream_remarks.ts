import type { Logger, StreamFault } from "../contracts.ts";

/** Says what of a stream is otherwise than the options say, and harmless: each once, until it changes. */
export class StreamRemarks {
  readonly #logger: Logger;
  #said: ReadonlySet<string> = new Set();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param faults all of them, as they were found now */
  say(faults: readonly StreamFault[]): void {
    const before = this.#said;
    this.#said = new Set(faults.map((fault) => JSON.stringify(fault)));
    for (const fault of faults) {
      const { stream, key, got, wanted, isFatal } = fault;
      if (isFatal || before.has(JSON.stringify(fault))) continue;
      const message = key === "server_version"
        ? "the servers of a stream are of a version that is known to lose what it acknowledged"
        : "a stream is configured otherwise than the options say";
      this.#logger.warn(message, { stream, key, got, wanted });
    }
  }
}
