import type { CompressRequest, Logger, RequestBody, SealedRequest } from "../contracts.ts";
import type { RequestCompression } from "../types.ts";

/** A request's body as it leaves. */
export interface CodedBody {
  readonly bytes: Uint8Array;
  readonly encoding: RequestCompression;
}

/** What {@link Coding} is made of. */
interface CodingContext {
  readonly compression: RequestCompression;
  /** Undefined on a runtime without zstd, for which no option asks then. */
  readonly compressZstd: CompressRequest | undefined;
  readonly plain: (request: SealedRequest) => Uint8Array;
  readonly logger: Logger;
}

/**
 * What requests are under when they leave: snappy, as the kernel seals them, or zstd,
 * which is no part of remote write, and which an endpoint may not take. One that is
 * refused under zstd goes out again under snappy, and if that is taken all others do;
 * the shards of an endpoint share what they learn.
 */
export class Coding {
  readonly #context: CodingContext;
  /** What was made of requests that may have to be sent again. */
  readonly #made: WeakMap<RequestBody, Uint8Array> = new WeakMap();
  /** The endpoint has taken a request under zstd: a 400 is about what is in it. */
  #knowsZstd = false;
  #isRefused = false;

  constructor(context: CodingContext) {
    this.#context = context;
  }

  encode(request: SealedRequest, isUnderSnappy: boolean): CodedBody {
    const { compression, compressZstd, plain } = this.#context;
    const { body } = request;
    if (
      compressZstd === undefined || compression === "snappy" || isUnderSnappy || this.#isRefused
    ) {
      return { bytes: body.bytes, encoding: "snappy" };
    }
    const made = this.#made.get(body) ?? compressZstd(plain(request));
    this.#made.set(body, made);
    return { bytes: made, encoding: "zstd" };
  }

  /** Whether the endpoint may have refused what the body is under, and not what is in it. */
  mayBeToBlame({ encoding }: CodedBody, status: number | undefined): boolean {
    if (encoding !== "zstd") return false;
    return status === 415 || (status === 400 && !this.#knowsZstd);
  }

  /** A request was taken; `wasRefused` under zstd before. */
  taken({ encoding }: CodedBody, wasRefused: boolean): void {
    if (encoding === "zstd") this.#knowsZstd = true;
    else if (wasRefused && !this.#isRefused) {
      this.#isRefused = true;
      this.#context.logger.warn("the endpoint does not take zstd and gets snappy");
    }
  }
}
