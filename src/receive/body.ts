import { assert } from "../assert.ts";
import type { BytePool } from "../byte_pool.ts";
import { WalqError } from "../errors.ts";
import type { ByteBudget } from "./budget.ts";

/** Up to this a body's room is made at once; beyond it a sender must first send to get more, whatever it declares. */
const FIRST_BYTES_MAX = 4 * 1024;
const NOTHING = new Uint8Array();

/** Puts the chunks of one body together, in bounded memory that is accounted for. */
export class BodyCollector {
  readonly #budget: ByteBudget;
  readonly #bytesMax: number;
  readonly #declared: number | undefined;
  readonly #pool: BytePool | undefined;
  #buffer: Uint8Array = NOTHING;
  /**
   * Whether the buffer was made here. A chunk is its sender's, who may have it from the same
   * pool: a queue can send to another one in its process.
   */
  #isOwn = false;
  #length = 0;
  #taken = 0;

  /**
   * `declared` is the Content-Length, undefined without one. With a `pool`, nobody may look at
   * the body after {@link release}.
   *
   * @throws {WalqError} `TOO_LARGE`
   */
  constructor(
    budget: ByteBudget,
    bytesMax: number,
    declared: number | undefined,
    pool?: BytePool,
  ) {
    this.#pool = pool;
    this.#budget = budget;
    this.#bytesMax = bytesMax;
    this.#declared = declared;
    if (declared !== undefined && declared > bytesMax) throw tooLarge(bytesMax);
  }

  /** @throws {WalqError} `TOO_LARGE`, or `OVERLOADED` when other bodies fill the memory. */
  take(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytesMax) throw tooLarge(this.#bytesMax);
    if (this.#length === 0 && chunk.length === this.#declared) {
      // The usual request comes in one piece, which needs no copy.
      this.#reserve(chunk.length);
      this.#buffer = chunk;
    } else {
      if (length > this.#buffer.length) this.#grow(length);
      this.#buffer.set(chunk, this.#length);
    }
    this.#length = length;
  }

  /** The whole body. It stays accounted for until {@link release}. */
  finish(): Uint8Array {
    return this.#length === this.#buffer.length
      ? this.#buffer
      : this.#buffer.subarray(0, this.#length);
  }

  /** The body is not needed any more. */
  release(): void {
    this.#budget.give(this.#taken);
    this.#taken = 0;
    this.#letGo();
    this.#buffer = NOTHING;
  }

  #letGo(): void {
    if (this.#isOwn) this.#pool?.give(this.#buffer);
    this.#isOwn = false;
  }

  #grow(needed: number): void {
    const first = Math.min(this.#declared ?? Infinity, FIRST_BYTES_MAX);
    const wanted = Math.max(first, needed * 2);
    const most = Math.max(needed, Math.min(this.#declared ?? Infinity, this.#bytesMax));
    const size = Math.min(wanted, most);
    assert(size >= needed && size <= this.#bytesMax, "a body's room is off");
    // While it is copied there are both.
    const before = this.#taken;
    this.#reserve(size);
    const grown = this.#pool?.take(size) ?? new Uint8Array(size);
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#letGo();
    this.#buffer = grown;
    this.#isOwn = true;
    this.#budget.give(before);
    this.#taken -= before;
  }

  #reserve(bytes: number): void {
    if (!this.#budget.take(bytes)) {
      throw new WalqError("OVERLOADED", "Too many requests are being read at once; come again");
    }
    this.#taken += bytes;
  }
}

function tooLarge(bytesMax: number): WalqError {
  return new WalqError("TOO_LARGE", `The request's body is larger than ${bytesMax} bytes`);
}
