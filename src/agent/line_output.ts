import type { Clock } from "../contracts.ts";
import { within } from "./timeout.ts";

/** Lines that a reader does not take are kept up to this; beyond it they are lost. */
const WAITING_CHARACTERS_MAX = 262_144;

/** A line, and how many were lost right before it. */
interface WaitingLine {
  readonly text: string;
  readonly lostBefore: number;
}

/**
 * Lines to an output that may be full, closed, or slow. Nobody waits for it, and
 * nothing ends by it: what it does not take is lost and counted, and the count is
 * told in its place as soon as the output works again.
 */
export class LineOutput {
  /** The line that tells how many were lost. */
  describeLost: (lines: number) => string = (lines) => `walq: ${lines} lines lost`;
  readonly #write: (text: string) => Promise<void>;
  readonly #waiting: WaitingLine[] = [];
  #waitingCharacters = 0;
  /** Lines for which there was no room behind the last one that waits. */
  #lostAtEnd = 0;
  /** Lines that the output refused and that were not reported yet. */
  #refused = 0;
  #lostTotal = 0;
  #draining: Promise<void> | undefined;

  /** `write` rejects what cannot be written, and takes as long as the reader does; it is called for one text at a time. */
  constructor(write: (text: string) => Promise<void>) {
    this.#write = write;
  }

  /** Lines that were lost. */
  get lostTotal(): number {
    return this.#lostTotal;
  }

  /** Never throws, and never waits. */
  line(text: string): void {
    const characters = this.#waitingCharacters + text.length;
    if (this.#waiting.length > 0 && characters > WAITING_CHARACTERS_MAX) {
      this.#lostAtEnd++;
      this.#lostTotal++;
      return;
    }
    this.#waiting.push({ text, lostBefore: this.#lostAtEnd });
    this.#waitingCharacters = characters;
    this.#lostAtEnd = 0;
    this.#draining ??= this.#drain();
  }

  /** Resolves when all lines are written or lost, or the time is over. */
  async printed(clock: Clock, msMax: number): Promise<void> {
    await within(clock, msMax, this.#draining ?? Promise.resolve());
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#waitingCharacters -= next.text.length;
      this.#refused += next.lostBefore;
      if (!await this.#told() || !await this.#written(next.text)) {
        this.#refused++;
        this.#lostTotal++;
      } else if (this.#waiting.length === 0 && this.#lostAtEnd > 0) {
        this.#refused = this.#lostAtEnd;
        this.#lostAtEnd = 0;
        await this.#told();
      }
    }
    this.#draining = undefined;
  }

  /** False when there is something to tell and it cannot be told. */
  async #told(): Promise<boolean> {
    if (this.#refused === 0) return true;
    if (!await this.#written(this.describeLost(this.#refused))) return false;
    this.#refused = 0;
    return true;
  }

  async #written(text: string): Promise<boolean> {
    try {
      await this.#write(`${text}\n`);
      return true;
    } catch {
      return false;
    }
  }
}
