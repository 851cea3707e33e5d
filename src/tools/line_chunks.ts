import type { FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";

const LINE_FEED = 0x0a;
/** So much of a text is looked at at once. */
export const PART_BYTES: number = 256 * 1024;
/** No line may be longer. */
export const LINE_BYTES_MAX: number = 64 * 1024 * 1024;

/** Whole lines of a text. */
export interface LineChunk {
  /** Ends with a line feed; that of the text's last line is added if it has none. */
  readonly bytes: Uint8Array;
  /** The number of its first line, from 1. */
  readonly firstLine: number;
  /** The text is known to end with it. One that ends where a piece does is not known to. */
  readonly isLast: boolean;
}

/** A file, part by part: each but the last has {@link PART_BYTES}. */
export async function* partsOfFile(files: FileSystem, path: string): AsyncGenerator<Uint8Array> {
  for (let at = 0;;) {
    const part = await files.readPart(path, at, PART_BYTES);
    if (part.length === 0) return;
    at += part.length;
    yield part;
  }
}

/** The same of a stream, whatever the size of what it gives: of the same text come the same parts. */
export async function* partsOfStream(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(PART_BYTES);
  let length = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + PART_BYTES - length);
      part.set(piece, length);
      length += piece.length;
      at += piece.length;
      if (length < PART_BYTES) continue;
      yield part;
      // Whoever got it may keep it.
      part = new Uint8Array(PART_BYTES);
      length = 0;
    }
  }
  if (length > 0) yield part.subarray(0, length);
}

/**
 * A text in pieces of whole lines, each of about as many bytes: the same parts make the same
 * pieces.
 *
 * @param name of the text, for messages
 * @throws {WalqError} `TOO_LARGE` for a line of more than 64 MiB.
 */
export async function* lineChunks(
  parts: AsyncIterable<Uint8Array>,
  name: string,
  chunkBytes: number,
): AsyncGenerator<LineChunk> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let firstLine = 1;
  for await (const part of parts) {
    const end = bytes + part.length < chunkBytes ? 0 : part.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      waiting.push(part);
      bytes += part.length;
      if (bytes > chunkBytes + LINE_BYTES_MAX) throw tooLong(name, firstLine);
      continue;
    }
    const chunk = joined([...waiting, part.subarray(0, end)]);
    yield { bytes: chunk, firstLine, isLast: false };
    firstLine += lineFeedsIn(chunk);
    waiting = [part.subarray(end)];
    bytes = part.length - end;
  }
  if (bytes > 0) yield { bytes: withLineFeed(joined(waiting)), firstLine, isLast: true };
}

/** How many lines end in these bytes. */
export function lineFeedsIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function withLineFeed(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === LINE_FEED ? bytes : joined([bytes, Uint8Array.of(LINE_FEED)]);
}

function tooLong(name: string, line: number): WalqError {
  return new WalqError(
    "TOO_LARGE",
    `Cannot read "${name}": got a line of more than ${LINE_BYTES_MAX} bytes, after line ${line}`,
  );
}
