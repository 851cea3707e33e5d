import type { BatchId, DirectoryEntry } from "../contracts.ts";
import { committedId, isTemporary } from "./file_name.ts";

/** What to do with a directory that was found at start. */
export interface RecoveryPlan {
  /** To be sent, in this order. */
  readonly pending: readonly BatchId[];
  /** Drafts: half-written, or with a committed name beside it. None is the only name of something acknowledged. */
  readonly remove: readonly string[];
  /** Not ours: left alone and reported. There may be any number of them. */
  readonly foreign: { readonly count: number; readonly first: string | undefined };
  /** Larger than every id in use, also of those in quarantine: an id is never used twice. */
  readonly nextId: BatchId;
}

/**
 * A queue that was never so far: a file with a larger number is nobody's, and to
 * count on from there would soon leave no room for digits.
 */
export const ID_MAX: BatchId = 10 ** 12;

/**
 * Decides, from names alone, what a queue directory holds. Pure: same listing, same
 * plan, whatever its order. Names come one by one, and of a batch only its number
 * is kept: a backlog can be long.
 */
export class RecoveryPlanner {
  readonly #pending: BatchId[] = [];
  readonly #remove: string[] = [];
  readonly #foreign: { count: number; first: string | undefined } = { count: 0, first: undefined };
  readonly #idMax: BatchId;
  #highest = 0;

  /** @param reserved the highest id that this queue may have used, by its own account */
  constructor(reserved: BatchId) {
    this.#idMax = Math.max(ID_MAX, reserved);
  }

  /** A name in `wal/`. */
  wal(entry: DirectoryEntry): void {
    const { name } = entry;
    const id = committedId(name);
    if (id !== undefined && id <= this.#idMax && entry.kind === "file") {
      this.#pending.push(id);
      this.#highest = Math.max(this.#highest, id);
    } else if (isTemporary(name) && entry.kind === "file") this.#remove.push(name);
    else {
      this.#foreign.count++;
      this.#foreign.first ??= name;
    }
  }

  /** A name in `quarantine/`. */
  quarantine({ name }: DirectoryEntry): void {
    const id = committedId(name) ?? 0;
    if (id <= this.#idMax) this.#highest = Math.max(this.#highest, id);
  }

  plan(): RecoveryPlan {
    const pending = this.#pending.sort((a, b) => a - b);
    const nextId = this.#highest + 1;
    return { pending, remove: this.#remove, foreign: this.#foreign, nextId };
  }
}
