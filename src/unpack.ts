import type { ContentEncoding } from "./content.ts";
import { decompressSnappyFrames } from "./kernel/snappy_frames.ts";
import type { Compression, Platform } from "./contracts.ts";
import { UnpackedTooLargeError, WalqError } from "./errors.ts";
import { decompressFrames } from "./kernel/zstd.ts";

/** What bodies of text come under: of snappy the frames, which remote write has not. */
export type TextEncoding = Exclude<ContentEncoding, "snappy"> | "snappy frames";

/** A request's bytes, as the kernel takes them. */
interface Unpacked {
  readonly bytes: Uint8Array;
  readonly compression: Compression;
}

/**
 * Takes off what the kernel does not: snappy it unpacks itself.
 *
 * @throws {WalqError} `INVALID_REQUEST`, `TOO_LARGE`, and `UNSUPPORTED_CONTENT` for zstd
 * on a runtime that has none.
 */
export function unpack(
  bytes: Uint8Array,
  encoding: ContentEncoding | TextEncoding,
  bytesMax: number,
  platform: Pick<Platform, "decompressZstd" | "decompressGzip">,
): Unpacked {
  switch (encoding) {
    case "snappy":
      return { bytes, compression: "snappy" };
    case "identity":
      return { bytes, compression: "none" };
    case "snappy frames":
      return plain(() => decompressSnappyFrames(bytes, bytesMax), bytesMax);
    case "gzip":
      return plain(() => platform.decompressGzip(bytes, bytesMax), bytesMax);
    case "zstd":
      return plain(() => withoutZstd(bytes, bytesMax, platform.decompressZstd), bytesMax);
  }
}

function withoutZstd(
  bytes: Uint8Array,
  bytesMax: number,
  decompress: Platform["decompressZstd"],
): Uint8Array {
  if (decompress !== undefined) return decompressFrames(bytes, bytesMax, decompress);
  const message = 'Got Content-Encoding "zstd", which this runtime cannot read: ' +
    'expected "snappy", "gzip" or "identity"';
  throw new WalqError("UNSUPPORTED_CONTENT", message);
}

function plain(decompress: () => Uint8Array, bytesMax: number): Unpacked {
  try {
    return { bytes: decompress(), compression: "none" };
  } catch (error) {
    if (error instanceof UnpackedTooLargeError) {
      const message = `Cannot read request: got more than ${bytesMax} bytes uncompressed, ` +
        "expected at most that";
      throw new WalqError("TOO_LARGE", message, { cause: error });
    }
    if (!(error instanceof WalqError) || error.code !== "CORRUPT") throw error;
    throw new WalqError("INVALID_REQUEST", error.message, { cause: error });
  }
}
