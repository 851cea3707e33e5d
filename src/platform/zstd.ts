import * as zlib from "node:zlib";
import type { DecompressZstd, Platform } from "../contracts.ts";
import { unpacked } from "./unpacked.ts";

/** Not there on Node before 22.15, whatever its types say. */
const zstdDecompressSync: typeof zlib.zstdDecompressSync | undefined = zlib.zstdDecompressSync;
const zstdCompressSync: typeof zlib.zstdCompressSync | undefined = zlib.zstdCompressSync;

/** vmagent's: a higher one costs more CPU than it saves. */
const LEVEL = 1;

/** zstd by `node:zlib`, where the runtime has it. */
export const decompressZstd: DecompressZstd | undefined = zstdDecompressSync &&
  ((frame, bytesMax) => unpacked("zstd", zstdDecompressSync, frame, bytesMax));

/** The other way: one frame, which says how long it is. */
export const compressZstd: Platform["compressZstd"] = zstdCompressSync &&
  ((bytes) =>
    zstdCompressSync(bytes, {
      params: { [zlib.constants.ZSTD_c_compressionLevel]: LEVEL },
    }));
