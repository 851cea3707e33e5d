/** Hands the body of a request to `take`, chunk by chunk, until it ends or `take` throws. */
export type ReadChunks = (take: (chunk: Uint8Array) => void) => Promise<void>;

/** Where a request comes from, and its body. */
export interface IncomingBody {
  /** The body, by the way that costs least where it comes from. */
  readonly readChunks: ReadChunks;
  /** The client's address, where it is known. */
  readonly from: string | undefined;
}
