import { messageOf, UnpackedTooLargeError, WalqError } from "../errors.ts";

/** A function of `node:zlib` that decompresses with a limit. */
type Unpack = (data: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** What `node:zlib` calls data that is at fault, on Node and Bun by code, on Deno by message. */
const FAULTS_OF_DATA =
  /^ZSTD_error_|^Z_(?:BUF|DATA)_ERROR$|^Zstd decompress error: |^(?:incorrect|invalid|unknown|unexpected|too many|header crc) /;
/** The same words for a host that has no memory: it can be tried again. */
const NO_MEMORY = /memory_allocation|not enough memory/;

/**
 * Decompresses into at most `bytesMax` bytes.
 *
 * @throws {WalqError} `CORRUPT` if the data is to blame; what it was otherwise.
 */
export function unpacked(
  how: string,
  unpack: Unpack,
  data: Uint8Array,
  bytesMax: number,
): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    // 0 is no limit that it takes.
    bytes = unpack(data, { maxOutputLength: Math.max(1, bytesMax) });
  } catch (error) {
    const { code = "" } = error as { readonly code?: string };
    if (code !== "ERR_BUFFER_TOO_LARGE") throw blamed(how, code, error);
  }
  if (bytes === undefined || bytes.length > bytesMax) {
    throw new UnpackedTooLargeError(how, bytesMax);
  }
  return bytes;
}

function blamed(how: string, code: string, error: unknown): unknown {
  const message = messageOf(error);
  const said = [code, message];
  const isOfData = said.some((text) => FAULTS_OF_DATA.test(text)) &&
    !said.some((text) => NO_MEMORY.test(text));
  if (!isOfData) return error;
  const why = message.replace(/^ZSTD_error_|^Zstd decompress error: /, "");
  return new WalqError("CORRUPT", `Cannot decompress ${how}: ${why}`, { cause: error });
}
