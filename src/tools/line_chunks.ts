import type { FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";

const LINE_FEED = 0x0a;
const READ_BYTES = 256 * 1024;
/** No line may be longer. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

/** Whole lines of a file. */
export interface LineChunk {
  /** Ends with a line feed; that of the file's last line is added if it has none. */
  readonly bytes: Uint8Array;
  /** The number of its first line, from 1. */
  readonly firstLine: number;
}

/**
 * A text in pieces of whole lines, each of about as many bytes: the same text makes the same
 * pieces.
 *
 * @throws {WalqError} `TOO_LARGE` for a line of more than 64 MiB.
 */
export async function* lineChunks(
  files: FileSystem,
  path: string,
  chunkBytes: number,
): AsyncGenerator<LineChunk> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let firstLine = 1;
  for (let at = 0;;) {
    const part = await files.readPart(path, at, READ_BYTES);
    at += part.length;
    const isEnd = part.length === 0;
    const end = bytes + part.length < chunkBytes ? 0 : part.lastIndexOf(LINE_FEED) + 1;
    if (end === 0 && !isEnd) {
      waiting.push(part);
      bytes += part.length;
      if (bytes > chunkBytes + LINE_BYTES_MAX) throw tooLong(path, firstLine);
      continue;
    }
    const chunk = joined([...waiting, part.subarray(0, end)], isEnd);
    if (chunk.length > 0) yield { bytes: chunk, firstLine };
    if (isEnd) return;
    for (
      let feed = chunk.indexOf(LINE_FEED);
      feed >= 0;
      feed = chunk.indexOf(LINE_FEED, feed + 1)
    ) {
      firstLine++;
    }
    waiting = [part.subarray(end)];
    bytes = part.length - end;
  }
}

function joined(parts: readonly Uint8Array[], isEnd: boolean): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const last = parts.findLast((part) => part.length > 0)?.at(-1);
  const adds = isEnd && length > 0 && last !== LINE_FEED;
  const all = new Uint8Array(length + Number(adds));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  if (adds) all[at] = LINE_FEED;
  return all;
}

function tooLong(path: string, line: number): WalqError {
  return new WalqError(
    "TOO_LARGE",
    `Cannot read "${path}": got a line of more than ${LINE_BYTES_MAX} bytes, after line ${line}`,
  );
}
