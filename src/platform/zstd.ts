import * as zlib from "node:zlib";
import type { DecompressZstd } from "../contracts.ts";
import { messageOf, WalqError } from "../errors.ts";

/** Not there on Node before 22.15, whatever its types say. */
const zstdDecompressSync: typeof zlib.zstdDecompressSync | undefined = zlib.zstdDecompressSync;

/** What `node:zlib` calls data that is at fault, on Node and Bun by code, on Deno by message. */
const FAULTS_OF_DATA = /^ZSTD_error_|^Z_BUF_ERROR$|^Zstd decompress error: /;
/** The same words for a host that has no memory: it can be tried again. */
const NO_MEMORY = /memory_allocation|not enough memory/;

/** zstd by `node:zlib`, where the runtime has it. */
export const decompressZstd: DecompressZstd | undefined = zstdDecompressSync === undefined
  ? undefined
  : decompress;

function decompress(frame: Uint8Array, bytesMax: number): Uint8Array {
  try {
    // 0 is no limit that it takes.
    const bytes = zstdDecompressSync!(frame, { maxOutputLength: Math.max(1, bytesMax) });
    if (bytes.length <= bytesMax) return bytes;
  } catch (error) {
    const { code = "" } = error as { readonly code?: string };
    if (code !== "ERR_BUFFER_TOO_LARGE") throw blamed(code, error);
  }
  throw new WalqError(
    "CORRUPT",
    `Cannot decompress zstd: got more than ${bytesMax} bytes uncompressed, wanted at most that`,
  );
}

/** `CORRUPT` if the data is to blame, else what it was. */
function blamed(code: string, error: unknown): unknown {
  const message = messageOf(error);
  const said = [code, message];
  const isOfData = said.some((text) => FAULTS_OF_DATA.test(text)) &&
    !said.some((text) => NO_MEMORY.test(text));
  if (!isOfData) return error;
  const why = message.replace(FAULTS_OF_DATA, "");
  return new WalqError("CORRUPT", `Cannot decompress zstd: ${why}`, { cause: error });
}
