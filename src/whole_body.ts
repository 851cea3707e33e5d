import type { Decompress, HttpAnswerHead, HttpClient, HttpRequest } from "./contracts.ts";
import { BodyTooLargeError, UnpackedTooLargeError, UnreadableAnswerError } from "./errors.ts";

type AsAny = "url" | "headers" | "unixSocket" | "wantsBodyOf" | "onConnecting";

/** A GET, or a POST of a body, to which the whole answer is wanted. */
export type PageRequest = Pick<HttpRequest, AsAny | "body"> & {
  /** The answer's body may have so many bytes, packed and unpacked; `Infinity` is no limit. */
  readonly bytesMax: number;
};

/** The answer to a {@link PageRequest}. */
export interface Page extends HttpAnswerHead {
  /** Unpacked. */
  readonly body: Uint8Array;
  /** What came over the wire. */
  readonly packedBytes: number;
  /** The body is not needed any more: its buffer, if that is one that is used again, is another page's. */
  readonly release: () => void;
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
  { url, headers, body: sent, unixSocket, wantsBodyOf, onConnecting, bytesMax }: PageRequest,
  decompressGzip: Decompress,
  signal: AbortSignal,
  buffers: BodyBuffers = new BodyBuffers(0),
): Promise<Page> {
  const pieces = new Pieces(buffers);
  const { status, header } = await http.exchange({
    method: sent === undefined ? "GET" : "POST",
    url,
    headers,
    ...(sent && { body: sent }),
    answerBytesMax: bytesMax,
    onBody: (piece) => pieces.add(piece),
    unixSocket,
    wantsBodyOf,
    onConnecting,
  }, signal);
  const packed = pieces.take();
  const coding = header("content-encoding")?.trim().toLowerCase() || "identity";
  // A page under gzip has bytes, if it is there; what else has none need not be unpacked.
  const isPacked = packed.length > 0 || (status === 200 && isGzip(coding));
  const body = isPacked ? unpack(packed, coding, bytesMax, decompressGzip) : packed;
  const packedBytes = packed.length;
  if (body === packed) {
    return { status, header, body, packedBytes, release: () => pieces.release() };
  }
  pieces.release();
  return { status, header, body, packedBytes, release: () => {} };
}

function unpack(
  bytes: Uint8Array,
  coding: string,
  bytesMax: number,
  decompressGzip: Decompress,
): Uint8Array {
  if (coding === "identity") return bytes;
  if (!isGzip(coding)) {
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

function isGzip(coding: string): boolean {
  return coding === "gzip" || coding === "x-gzip";
}

/** What no runtime unpacks at once, with or without a limit. */
const UNPACKED_BYTES_MAX = 2 ** 31 - 1;

function whyNot(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Cannot decompress /, "") : String(error);
}

const BUFFER_BYTES_MIN = 16 * 1024;
/** Larger ones are not kept: few pages need them. */
const BUFFER_BYTES_KEPT_MAX = 512 * 1024;

/** Buffers for bodies, which are used again: a few, since few pages are under way at once. */
export class BodyBuffers {
  readonly #kept: Uint8Array[] = [];
  readonly #countMax: number;

  /** @param countMax so many wait to be used again */
  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** The one that was given back last. */
  take(): Uint8Array {
    return this.#kept.pop() ?? new Uint8Array(BUFFER_BYTES_MIN);
  }

  /** Nobody reads or writes it any more. */
  giveBack(buffer: Uint8Array): void {
    const isWorthIt = buffer.length <= BUFFER_BYTES_KEPT_MAX && this.#kept.length < this.#countMax;
    if (isWorthIt) this.#kept.push(buffer);
  }
}

/** The pieces of a body in one buffer, which grows. */
class Pieces {
  readonly #buffers: BodyBuffers;
  #bytes: Uint8Array;
  #length = 0;

  constructor(buffers: BodyBuffers) {
    this.#buffers = buffers;
    this.#bytes = buffers.take();
  }

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

  /** What was taken is not needed any more. Not after an error: more pieces might still come. */
  release(): void {
    this.#buffers.giveBack(this.#bytes);
  }
}
