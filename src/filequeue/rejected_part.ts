import type { KeptRequest } from "./rejected_file.ts";

/** So many files are read, and removed, while what else is refused waits. */
const FILES_MAX = 500;
/** Signals in a batch, as in those that come in. */
const SIGNALS_MAX = 10_000;
/** Of their bodies, which are in memory together. */
const BYTES_MAX = 1024 * 1024;
/** What would be parted from its sample is taken beyond these bounds, up to so many times as much. */
const BEYOND = 2;

/** A request with the id of its file. */
export interface PartOfKept {
  readonly id: string;
  readonly request: KeptRequest;
}

/**
 * Refused requests that go together. Where a request of 1.0 was parted until each refused
 * signal stood alone, an exemplar is right behind its sample: no part ends between the two.
 */
export class RejectedPart {
  readonly kept: PartOfKept[] = [];
  /** None had to wait so far. */
  isOpen = true;
  #signals = 0;
  #bytes = 0;

  /** False for one that has to wait for the next part. */
  take(id: string, request: KeptRequest): boolean {
    const { data, signals } = request;
    if (this.kept.length > 0 && !this.#hasRoom(request)) return this.isOpen = false;
    this.kept.push({ id, request });
    this.#signals += signals;
    this.#bytes += data.length;
    return true;
  }

  #hasRoom({ kinds: { samples, histograms }, data, signals }: KeptRequest): boolean {
    const times = samples + histograms === 0 ? BEYOND : 1;
    return this.kept.length < times * FILES_MAX &&
      this.#signals + signals <= times * SIGNALS_MAX &&
      this.#bytes + data.length <= times * BYTES_MAX;
  }
}
