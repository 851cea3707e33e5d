import { Buffer } from "node:buffer";
import { once } from "node:events";
import type { Transform } from "node:stream";
import { constants, createBrotliCompress, createDeflate, createGzip } from "node:zlib";

const MIB = 1024 * 1024;

/** The ways of packing that all runtimes have. */
export type Coding = "gzip" | "deflate" | "br";

export const CODINGS: readonly Coding[] = ["gzip", "deflate", "br"];

function packerOf(coding: Coding): Transform {
  if (coding === "gzip") return createGzip();
  if (coding === "deflate") return createDeflate();
  return createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}

/** Zeros, packed to less than a thousandth, without having them all in memory. */
export async function packedZeros(coding: Coding, mib: number): Promise<Uint8Array> {
  const packer = packerOf(coding);
  const chunks: Uint8Array[] = [];
  packer.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  const ended = once(packer, "end");
  const zeros = new Uint8Array(MIB);
  for (let i = 0; i < mib; i++) {
    if (!packer.write(zeros)) await once(packer, "drain");
  }
  packer.end();
  await ended;
  return Buffer.concat(chunks);
}
