import { StreamError } from "../errors.ts";

/** A server that decides, and has less than others have had for so long, has lost it. */
const BEHIND_MS = 1_500;
/** What is said of one that may have it in a moment. */
export const BEHIND_WORDS = "the server that decides is behind";

/** One that was chosen a moment ago may not have all that was acknowledged before it. */
export class Behind {
  /** Since when this one has less. */
  #since: { readonly leader: string; readonly ms: number } | undefined;

  /**
   * @param isBehind it has less than is known to have been there
   * @throws {StreamError} while it may be no more than behind.
   */
  refuseAtFirst(isBehind: boolean, leader: string, nowMs: number): void {
    if (!isBehind) return void (this.#since = undefined);
    if (this.#since?.leader !== leader) this.#since = { leader, ms: nowMs };
    if (nowMs - this.#since.ms < BEHIND_MS) throw new StreamError("unavailable", BEHIND_WORDS);
  }
}
