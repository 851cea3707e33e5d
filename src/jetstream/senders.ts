import type { Clock, StreamLog, StreamSeq } from "../contracts.ts";
import { StreamError } from "../errors.ts";
import { TAKE_OVER_MS } from "./ownership.ts";

/** The name of the record of all who send. */
export const SENDERS_RECORD = "senders";

/** Others write the same record: so often in a row somebody may have been before. */
const ATTEMPTS_MAX = 8;

/** How often each one has said that it lives. */
type Beats = Readonly<Record<string, number>>;

/** What {@link Senders} work with. */
interface SendersDependencies {
  readonly log: StreamLog;
  readonly clock: Clock;
  /** Who this is. */
  readonly owner: string;
}

/**
 * Who wants to send a stream: each says again and again in one record that it lives. Who has
 * not said so for as long as a lease of it lasts counts no more; each measures that by its own clock.
 */
export class Senders {
  readonly #of: SendersDependencies;
  /** When each was heard last, by the monotonic clock. */
  readonly #heard = new Map<string, { readonly beats: number; readonly atMs: number }>();

  constructor(dependencies: SendersDependencies) {
    this.#of = dependencies;
  }

  /** Those that live, this one among them, in an order that all know. */
  get all(): readonly string[] {
    return [...new Set([...this.#heard.keys(), this.#of.owner])].sort();
  }

  /** The same without those that were not heard for too long, also while nobody can be heard. */
  get present(): readonly string[] {
    return this.all.filter((name) => name === this.#of.owner || this.#isPresent(name));
  }

  /** Says that this one lives, and listens to the others. @throws {StreamError} */
  async beat(): Promise<void> {
    const { owner } = this.#of;
    await this.#change((beats) => ({ ...beats, [owner]: (beats[owner] ?? 0) + 1 }));
  }

  /** Says that this one does not send any more, if it can. */
  async leave(): Promise<void> {
    const { owner } = this.#of;
    await this.#change(({ [owner]: _own, ...others }) => others);
  }

  async #change(change: (beats: Beats) => Beats): Promise<void> {
    const { log } = this.#of;
    for (let attempt = 1;; attempt++) {
      const found = await log.record(SENDERS_RECORD);
      const next = change(this.#living(beatsIn(found?.value)));
      try {
        await this.#replace(next, found?.revision);
        return;
      } catch (error) {
        const isBefore = error instanceof StreamError && error.code === "conflict";
        if (!isBefore || attempt === ATTEMPTS_MAX) throw error;
      }
    }
  }

  async #replace(beats: Beats, revision: StreamSeq | undefined): Promise<void> {
    await this.#of.log.replaceRecord(SENDERS_RECORD, JSON.stringify(beats), revision);
  }

  /** Without those that have been silent for too long. */
  #living(beats: Beats): Beats {
    const nowMs = this.#of.clock.monotonicMs();
    for (const name of this.#heard.keys()) {
      if (!Object.hasOwn(beats, name)) this.#heard.delete(name);
    }
    for (const [name, count] of Object.entries(beats)) {
      if (this.#heard.get(name)?.beats !== count) {
        this.#heard.set(name, { beats: count, atMs: nowMs });
      }
    }
    for (const name of this.#heard.keys()) {
      if (!this.#isPresent(name)) this.#heard.delete(name);
    }
    return Object.fromEntries(Object.entries(beats).filter(([name]) => this.#heard.has(name)));
  }

  #isPresent(name: string): boolean {
    const { atMs = -Infinity } = this.#heard.get(name) ?? {};
    return this.#of.clock.monotonicMs() - atMs <= TAKE_OVER_MS;
  }
}

/** What is no such record counts as none: it is said anew within seconds. */
function beatsIn(text: string = "{}"): Beats {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
    const isBeat = ([, beats]: [string, unknown]): boolean => Number.isSafeInteger(beats);
    return Object.fromEntries(Object.entries(value).filter(isBeat)) as Beats;
  } catch {
    return {};
  }
}
