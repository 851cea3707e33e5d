import type {
  BatchReader,
  LoadableBatch,
  Loaded,
  RequestBody,
  Routed,
  Selection,
} from "../contracts.ts";

/**
 * Two readers, of which one is asked at a time: one that changes labels as the options say,
 * and one for requests that are sent again, which have theirs. Nothing is open or under way
 * when the one follows the other: their endpoint sees to that.
 */
export class AgainReader implements BatchReader {
  readonly #first: BatchReader;
  readonly #make: (shards: number) => BatchReader;
  #shards: number;
  #current: BatchReader;

  /** @param make one that leaves labels as they are */
  constructor(
    first: BatchReader,
    { shards, make }: { readonly shards: number; readonly make: (shards: number) => BatchReader },
  ) {
    this.#first = first;
    this.#make = make;
    this.#shards = shards;
    this.#current = first;
  }

  load(batch: LoadableBatch): Loaded {
    const hasLabels = batch.again === "request";
    if (hasLabels !== (this.#current !== this.#first)) {
      // It takes memory only while there is something for it.
      this.#current = hasLabels ? this.#make(this.#shards) : this.#first;
    }
    return this.#current.load(batch);
  }

  discard(): void {
    this.#current.discard();
  }

  route(cutoffMs: number): Routed {
    return this.#current.route(cutoffMs);
  }

  reshard(shards: number): void {
    this.#shards = shards;
    this.#first.reshard(shards);
    if (this.#current !== this.#first) this.#current.reshard(shards);
  }

  openSignals(shard: number): number {
    return this.#current.openSignals(shard);
  }

  take(shard: number): RequestBody {
    return this.#current.take(shard);
  }

  select(
    body: RequestBody,
    which: Selection,
  ): { body: RequestBody | undefined; kept: Uint8Array } {
    return this.#current.select(body, which);
  }

  plain(body: RequestBody): Uint8Array {
    return this.#current.plain(body);
  }

  settled(body: RequestBody, isDelivered: boolean): void {
    this.#current.settled(body, isDelivered);
  }

  recycle(body: RequestBody): void {
    this.#current.recycle(body);
  }
}
