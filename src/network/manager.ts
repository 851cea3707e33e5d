import type { CompressRequest, SealedRequest } from "../contracts.ts";
import { assert } from "../assert.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { Coding } from "./coding.ts";
import { RateLimit } from "./rate_limit.ts";
import { RequestSize } from "./request_size.ts";
import { unreadableLimiter } from "./unreadable.ts";
import { Shard } from "./shard.ts";
import type { ShardContext } from "./shard_context.ts";

/** What the shards of one manager share, and those of another one that sends beside it to the same endpoint. */
export type Shared = Pick<ShardContext, "refusals" | "unreadable" | "dialect" | "size" | "rate">;

/** What a manager works with, beside what its shards do. */
interface ManagerContext extends Omit<ShardContext, keyof Shared | "coding"> {
  readonly plain: (request: SealedRequest) => Uint8Array;
  readonly compressZstd: CompressRequest | undefined;
  /** With those of another manager. @default its own */
  readonly shared?: Shared | undefined;
}

/** What is learned of an endpoint that is asked anew. */
export function sharedOf(
  { clock, send }: Pick<ShardContext, "clock"> & { readonly send: { readonly rateLimit: number } },
): Shared {
  return {
    refusals: new LogLimiter(clock),
    unreadable: unreadableLimiter(clock),
    dialect: { knowsV2: false },
    size: new RequestSize(clock),
    rate: new RateLimit(send.rateLimit, clock),
  };
}

/** The shards of an endpoint. A series belongs to one of them, by its hash. */
export class NetworkManager {
  readonly #context: ShardContext;
  readonly #shards: Shard[];

  constructor(shards: number, { plain, compressZstd, shared, ...context }: ManagerContext) {
    const { logger, send } = context;
    const coding = new Coding({ compression: send.compression, compressZstd, plain, logger });
    this.#context = { ...context, ...(shared ?? sharedOf(context)), coding };
    this.#shards = Array.from({ length: shards }, (_, index) => new Shard(index, this.#context));
  }

  get shards(): number {
    return this.#shards.length;
  }

  start(): void {
    for (const shard of this.#shards) shard.start();
  }

  /** Interrupts all at once. */
  async stop(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.stop()));
  }

  /** All requests that were handed over have their outcome. */
  get isClear(): boolean {
    return this.#shards.every((shard) => shard.isClear);
  }

  /** A shard waits, after an attempt that came to nothing. */
  get isHeld(): boolean {
    return this.#shards.some((shard) => shard.isHeld);
  }

  /** From now on there are so many shards; all must be clear. They keep what they know of the endpoint. */
  async reshard(shards: number): Promise<void> {
    assert(this.isClear, "reshard while requests are under way");
    const gone = this.#shards.splice(shards);
    await Promise.all(gone.map((shard) => shard.stop()));
    while (this.#shards.length < shards) {
      const shard = new Shard(this.#shards.length, this.#context);
      this.#shards.push(shard);
      shard.start();
    }
  }

  isBusy(shard: number): boolean {
    return this.#at(shard).isBusy;
  }

  /** Hands a request over if the shard has room now. */
  trySend(shard: number, request: SealedRequest): boolean {
    return this.#at(shard).trySend(request);
  }

  /** Waits for room; false when the signal aborted first. */
  send(shard: number, request: SealedRequest, signal: AbortSignal): Promise<boolean> {
    return this.#at(shard).send(request, signal);
  }

  #at(shard: number): Shard {
    const found = this.#shards[shard];
    assert(found !== undefined, `shard ${shard} of ${this.#shards.length}`);
    return found;
  }
}
