import { unlessAborted } from "./unless_aborted.ts";

/** An address of a host. */
export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** Asks the system for the addresses of a host. Cannot be interrupted, and may take a minute. */
export type Resolve = (host: string) => Promise<readonly HostAddress[]>;

const SLOW_MS = 1_000;

interface Waiting {
  readonly host: string;
  readonly begin: () => void;
}

/**
 * Shares the system's lookups out among hosts. They may have a few threads in each
 * process, and one whose name server is silent holds its thread for ten seconds or
 * more. So a host is looked up once for all who ask at the same time, and hosts that
 * were slow take turns: one lookup is always left to the others.
 */
export class Lookups {
  readonly #resolve: Resolve;
  readonly #atOnceMax: number;
  readonly #nowMs: () => number;
  /** By host: those under way and those that wait. */
  readonly #asked: Map<string, Promise<readonly HostAddress[]>> = new Map();
  readonly #slow: Set<string> = new Set();
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #slowRunning = 0;

  /** `atOnceMax` is how many lookups the system makes at once, 2 or more. */
  constructor(
    resolve: Resolve,
    atOnceMax: number,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#resolve = resolve;
    this.#atOnceMax = atOnceMax;
    this.#nowMs = nowMs;
  }

  /** Rejects with the signal's reason when that aborts; the lookup itself goes on. */
  find(host: string, signal: AbortSignal): Promise<readonly HostAddress[]> {
    const asked = this.#asked.get(host) ?? this.#ask(host);
    return unlessAborted(asked, signal);
  }

  #ask(host: string): Promise<readonly HostAddress[]> {
    const turn = new Promise<void>((begin) => this.#waiting.push({ host, begin }));
    const asked = turn.then(() => this.#run(host));
    // Who asked may have gone away.
    asked.catch(() => {});
    this.#asked.set(host, asked);
    this.#admit();
    return asked;
  }

  #admit(): void {
    for (const [index, { host, begin }] of this.#waiting.entries()) {
      if (this.#running >= this.#atOnceMax) return;
      const isSlow = this.#slow.has(host);
      if (isSlow && this.#slowRunning >= this.#atOnceMax - 1) continue;
      this.#waiting.splice(index, 1);
      this.#running++;
      if (isSlow) this.#slowRunning++;
      begin();
      return this.#admit();
    }
  }

  async #run(host: string): Promise<readonly HostAddress[]> {
    const wasSlow = this.#slow.has(host);
    const beganMs = this.#nowMs();
    try {
      return await this.#resolve(host);
    } finally {
      if (this.#nowMs() - beganMs >= SLOW_MS) this.#slow.add(host);
      else this.#slow.delete(host);
      this.#running--;
      if (wasSlow) this.#slowRunning--;
      this.#asked.delete(host);
      this.#admit();
    }
  }
}
