import { gunzipSync } from "node:zlib";
import type { Decompress } from "../contracts.ts";
import { unpacked } from "./unpacked.ts";

/** gzip by `node:zlib`. */
export const decompressGzip: Decompress = (data, bytesMax) =>
  unpacked("gzip", gunzipSync, data, bytesMax);
