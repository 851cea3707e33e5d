import { unlessAborted } from "../../unless_aborted.ts";

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

/** A lookup under way. */
interface Running {
  readonly isQuick: boolean;
  readonly beganMs: number;
}

/**
 * Shares the system's lookups out among hosts. They may have a few threads in each
 * process, and one whose name server is silent holds its thread for ten seconds or
 * more. So a host is looked up once for all who ask at the same time, and one lookup
 * is always left to hosts that were quick the last time: those that were slow, and
 * those that nobody knows yet, take turns with the others.
 */
export class Lookups {
  readonly #resolve: Resolve;
  readonly #atOnceMax: number;
  readonly #nowMs: () => number;
  /** Lookups by host: those under way and those that wait. */
  readonly #asked: Map<string, Promise<readonly HostAddress[]>> = new Map();
  /** Whether a host was quick the last time, of those that have been looked up. */
  readonly #wasQuick: Map<string, boolean> = new Map();
  readonly #waiting: Waiting[] = [];
  /** By host. */
  readonly #running: Map<string, Running> = new Map();

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
    // The caller may have gone away.
    asked.catch(() => {});
    this.#asked.set(host, asked);
    this.#admit();
    return asked;
  }

  /** Those that were quick go first, and those that were slow last. */
  #admit(): void {
    for (const wasQuick of [true, undefined, false]) {
      for (const waiting of [...this.#waiting]) {
        if (this.#wasQuick.get(waiting.host) !== wasQuick) continue;
        if (!this.#hasPlace(wasQuick)) break;
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        this.#begin(waiting, wasQuick === true);
      }
    }
  }

  #hasPlace(wasQuick: boolean | undefined): boolean {
    if (this.#running.size >= this.#atOnceMax) return false;
    if (wasQuick) return true;
    // While no host is known to be quick, each that is not known may be the first.
    const isAnyQuick = [...this.#wasQuick.values()].includes(true);
    if (wasQuick === undefined && !isAnyQuick) return true;
    const tooLongMs = this.#nowMs() - SLOW_MS;
    const held = [...this.#running.values()].filter((one) =>
      !one.isQuick || one.beganMs <= tooLongMs
    );
    return held.length < this.#atOnceMax - 1;
  }

  #begin({ host, begin }: Waiting, isQuick: boolean): void {
    this.#running.set(host, { isQuick, beganMs: this.#nowMs() });
    begin();
  }

  async #run(host: string): Promise<readonly HostAddress[]> {
    const beganMs = this.#nowMs();
    try {
      return await this.#resolve(host);
    } finally {
      this.#wasQuick.set(host, this.#nowMs() - beganMs < SLOW_MS);
      this.#running.delete(host);
      this.#asked.delete(host);
      this.#admit();
    }
  }
}
