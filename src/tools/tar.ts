/**
 * Archives in POSIX's ustar format, which `tar` makes and unpacks, as much as exports need of
 * it: plain files, each with a name of at most 100 bytes of ASCII. A file is a header of 512
 * bytes and its content, filled up to a multiple of 512; two blocks of zeros are the end.
 *
 *       0  100  name            124  12  size, octal       257  6  "ustar\0"
 *     100    8  mode            136  12  time, octal       263  2  "00"
 *     108   16  owner           148   8  checksum, octal   345  155  prefix of the name
 */
import type { FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";

const BLOCK_BYTES = 512;
const SIZE_MAX = 8 ** 11 - 1;
/** So much is written at once. */
const WRITE_BYTES = 1024 * 1024;
const PLAIN_FILE: ReadonlySet<number> = new Set([0x30, 0]);

/** One file of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  /** Where its content begins. */
  readonly at: number;
}

/** Writes an archive, piece by piece, to a file that is not there. */
export class TarWriter {
  readonly #files: FileSystem;
  readonly #path: string;
  readonly #modifiedMs: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(files: FileSystem, path: string, modifiedMs: number) {
    this.#files = files;
    this.#path = path;
    this.#modifiedMs = modifiedMs;
  }

  async add(name: string, content: Uint8Array): Promise<void> {
    const padding = -content.length & (BLOCK_BYTES - 1);
    // The content is a part of somebody's memory, who uses it again.
    const block = new Uint8Array(BLOCK_BYTES + content.length + padding);
    block.set(headerOf(name, content.length, this.#modifiedMs));
    block.set(content, BLOCK_BYTES);
    await this.#write(block);
  }

  /** Ends the archive, and makes its bytes durable. */
  async end(): Promise<void> {
    await this.#write(new Uint8Array(2 * BLOCK_BYTES));
    await this.#flush();
    await this.#files.sync(this.#path);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= WRITE_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const parts = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#files.append(this.#path, parts);
  }
}

function headerOf(name: string, bytes: number, modifiedMs: number): Uint8Array {
  const header = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  put(0, name);
  put(100, `${octal(0o644, 7)}\0`);
  put(108, `${octal(0, 7)}\0`);
  put(116, `${octal(0, 7)}\0`);
  put(124, `${octal(bytes, 11)}\0`);
  put(136, `${octal(Math.floor(modifiedMs / 1000), 11)}\0`);
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\0");
  put(263, "00");
  put(148, `${octal(sumOf(header), 6)}\0 `);
  return header;
}

/** The checksum of a header counts itself as blanks. */
function sumOf(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/** Whether a file begins as such an archive does. */
export function isTar(head: Uint8Array): boolean {
  return textAt(head, 257, 5) === "ustar";
}

/**
 * The plain files of an archive, in order. Only headers are read.
 *
 * @throws {WalqError} `CORRUPT` when the archive is cut short or damaged.
 */
export async function* tarEntries(files: FileSystem, path: string): AsyncGenerator<TarEntry> {
  const { fileBytes } = await files.readHead(path, 0);
  for (let at = 0;;) {
    const header = await files.readPart(path, at, BLOCK_BYTES);
    if (header.length < BLOCK_BYTES) throw corrupt(path, at, "the end of the file", "a header");
    if (header.every((byte) => byte === 0)) return;
    const entry = readHeader(header, path, at);
    const end = entry.at + entry.bytes;
    if (end > fileBytes) {
      throw corrupt(path, at, `a file of ${entry.bytes} bytes`, `at most ${fileBytes - entry.at}`);
    }
    if (PLAIN_FILE.has(header[156]!)) yield entry;
    at = end + (-entry.bytes & (BLOCK_BYTES - 1));
  }
}

function readHeader(header: Uint8Array, path: string, at: number): TarEntry {
  if (!isTar(header)) throw corrupt(path, at, "no header", 'a header with "ustar" in it');
  const sum = octalAt(header, 148, 8);
  if (sum !== sumOf(header)) throw corrupt(path, at, `checksum ${sum}`, `${sumOf(header)}`);
  const bytes = octalAt(header, 124, 12);
  if (!(bytes <= SIZE_MAX)) throw corrupt(path, at, "no size", "one in octal digits");
  const prefix = textAt(header, 345, 155);
  const name = `${prefix === "" ? "" : `${prefix}/`}${textAt(header, 0, 100)}`.replace(/^\.\//, "");
  return { name, bytes, at: at + BLOCK_BYTES };
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  const text = new TextDecoder().decode(bytes.subarray(at, at + length));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** NaN for what is none. */
function octalAt(bytes: Uint8Array, at: number, length: number): number {
  const text = textAt(bytes, at, length).trim();
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : NaN;
}

function corrupt(path: string, at: number, got: string, wanted: string): WalqError {
  const message = `Cannot read archive "${path}": got ${got} at byte ${at}, wanted ${wanted}`;
  return new WalqError("CORRUPT", message);
}
