import type { Decompress, HttpAnswerHead, HttpClient, HttpRequest } from "./contracts.ts";
import { BodyTooLargeError, UnpackedTooLargeError, UnreadableAnswerError } from "./errors.ts";

/** A GET of which the whole body is wanted. */
export type PageRequest = Pick<HttpRequest, "url" | "headers" | "unixSocket"> & {
  /** The body may have so many bytes, packed and unpacked; `Infinity` is no limit. */
  readonly bytesMax: number;
};

/** The answer to a {@link PageRequest}. */
export interface Page extends HttpAnswerHead {
  /** Unpacked. */
  readonly body: Uint8Array;
  /** What came over the wire. */
  readonly packedBytes: number;
}

/**
 * Gets a page, all of it or an error. One that is under gzip, as `accept-encoding: gzip`
 * among the headers allows, is unpacked, and any other coding is an error.
 *
 * @throws {BodyTooLargeError} for a larger one.
 * @throws {UnreadableAnswerError} for one that is not whole, or cannot be unpacked.
 */
export async function getPage(
  http: HttpClient,
  { bytesMax, ...request }: PageRequest,
  decompressGzip: Decompress,
  signal: AbortSignal,
): Promise<Page> {
  const pieces = new Pieces();
  const { status, header } = await http.exchange({
    ...request,
    method: "GET",
    answerBytesMax: bytesMax,
    onBody: (piece) => pieces.add(piece),
  }, signal);
  const packed = pieces.take();
  const coding = header("content-encoding")?.trim().toLowerCase() || "identity";
  const body = unpack(packed, coding, bytesMax, decompressGzip);
  return { status, header, body, packedBytes: packed.length };
}

function unpack(
  bytes: Uint8Array,
  coding: string,
  bytesMax: number,
  decompressGzip: Decompress,
): Uint8Array {
  if (coding === "identity" || bytes.length === 0) return bytes;
  if (coding !== "gzip" && coding !== "x-gzip") {
    throw new UnreadableAnswerError("its content-encoding is", { got: coding, expected: "gzip" });
  }
  try {
    return decompressGzip(bytes, Math.min(bytesMax, UNPACKED_BYTES_MAX));
  } catch (error) {
    if (error instanceof UnpackedTooLargeError) throw new BodyTooLargeError(bytesMax);
    const [message, cause] = ["its body cannot be unpacked", error];
    throw Object.assign(new UnreadableAnswerError(`${message}: ${whyNot(cause)}`), { cause });
  }
}

/** What no runtime unpacks at once, with or without a limit. */
const UNPACKED_BYTES_MAX = 2 ** 31 - 1;

function whyNot(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Cannot decompress /, "") : String(error);
}

/** The pieces of a body in one buffer, which grows. */
class Pieces {
  #bytes = new Uint8Array(16 * 1024);
  #length = 0;

  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
