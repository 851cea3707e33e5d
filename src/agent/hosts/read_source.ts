import { close, constants, fstat, open, read } from "node:fs";
import process from "node:process";
import { promisify } from "node:util";
import { fileOperation } from "../../platform/file_errors.ts";
import type { ReadSource, SourceBytes } from "../config/source.ts";

const CHUNK_BYTES = 65_536;

/** The chunks of an open pipe, which is closed behind the last one. */
export type OpenPipe = (file: number) => AsyncIterable<Uint8Array>;

/** Reads by `node:fs`, which waits in a thread; where a process would not end before that does, pipes are left to `openPipe`. */
export function sourceReader(openPipe?: OpenPipe): ReadSource {
  const flags = openPipe === undefined ? constants.O_RDONLY : constants.O_RDONLY | nonBlocking();
  return (path, bytesMax) =>
    fileOperation("read", path, async () => {
      const file = path === "-" ? undefined : await openSource(path, flags);
      if (file === undefined) {
        return { bytes: await beginningOf(process.stdin, bytesMax), isPlainFile: false };
      }
      const stat = await promisify(fstat)(file);
      const chunks = stat.isFIFO() && openPipe !== undefined ? openPipe(file) : chunksOf(file);
      const source: SourceBytes = {
        bytes: await beginningOf(chunks, bytesMax),
        isPlainFile: stat.isFile(),
      };
      return source;
    });
}

/** Undefined for a standard input that is a socket, which can be read and not be opened. */
async function openSource(path: string, flags: number): Promise<number | undefined> {
  try {
    return await promisify(open)(path, flags);
  } catch (error) {
    if (path === "/dev/stdin" && (error as { code?: unknown }).code === "ENXIO") return undefined;
    throw error;
  }
}

/** Windows has no such thing. */
function nonBlocking(): number {
  return constants.O_NONBLOCK ?? 0;
}

async function* chunksOf(file: number): AsyncIterable<Uint8Array> {
  try {
    for (;;) {
      const chunk = new Uint8Array(CHUNK_BYTES);
      const { bytesRead } = await promisify(read)(file, chunk, 0, chunk.length, null);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await promisify(close)(file);
  }
}

async function beginningOf(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(bytesMax);
  let length = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(0, bytesMax - length);
    bytes.set(part, length);
    length += part.length;
    if (length === bytesMax) break;
  }
  return bytes.subarray(0, length);
}
