import type { BatchId } from "../contracts.ts";

/** So many looks are remembered; then every second one of them is forgotten, and from then on every second one is. */
const LOOKS_MAX = 256;

/** What a store has taken in, by now. */
export interface TakenIn {
  /** The id of the first batch and of the newest one since the start; 0 before there is one. */
  readonly firstId: BatchId;
  readonly newestId: BatchId;
  /**
   * How far the newest timestamp that the endpoint took is behind the newest that came
   * in; undefined while one of them is not known.
   */
  readonly driftMs: number | undefined;
}

/**
 * Remembers when the batches came in that wait: as exactly as somebody looks, and of a
 * long backlog by the 128th part of its age.
 */
export class BacklogAge {
  readonly #startMs: number;
  /** In order: the newest batch that there was at a time. */
  #looks: { readonly atMs: number; readonly newestId: BatchId }[] = [];
  /** Looks are this far apart at least. */
  #apartMs = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  look(nowMs: number, { newestId }: TakenIn): void {
    const last = this.#looks.at(-1);
    if (last === undefined) this.#apartMs = 0;
    else if (newestId <= last.newestId || nowMs - last.atMs < this.#apartMs) return;
    this.#looks.push({ atMs: nowMs, newestId });
    if (this.#looks.length <= LOOKS_MAX) return;
    this.#looks = this.#looks.filter((_look, index) => index % 2 === 0);
    this.#apartMs = (nowMs - this.#looks[0]!.atMs) / this.#looks.length;
  }

  /**
   * How long ago a batch came in, or a little less. Of one that was there at the start
   * nobody knows: it is as old as the process, or as its timestamps say. What came before
   * it is not asked for any more.
   */
  ageMs(id: BatchId, nowMs: number, { firstId, driftMs = 0 }: TakenIn): number {
    if (firstId === 0 || id < firstId) return Math.max(nowMs - this.#startMs, driftMs);
    this.#looks = this.#looks.filter(({ newestId }) => newestId >= id);
    const [look] = this.#looks;
    // It came in since the last look.
    return look === undefined ? 0 : nowMs - look.atMs;
  }
}
