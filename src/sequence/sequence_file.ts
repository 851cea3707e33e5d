import type { FileSystem, Random } from "../contracts.ts";
import { FileSystemError } from "../errors.ts";

const NAME = "walq.sequence";
const TEXT = /^([0-9a-f]{12}) ([0-9]{1,16}) (-?[0-9]{1,16})\n$/;
const BYTES_MAX = 64;
const ID_DIGITS = 12;

/** How far a sequence has come. */
export interface SequenceState {
  /** Tells it from others': made once, with the file. */
  readonly id: string;
  /** The last number of which it is known that it is in the queue; 0 before the first. */
  readonly number: number;
  /** Its timestamp. */
  readonly atMs: number;
}

/**
 * How far the sequence of a data path has come, in a small file. A file that is gone or damaged
 * begins another sequence, with another id: its numbers are in nobody's way.
 */
export class SequenceFile {
  readonly #files: FileSystem;
  readonly #directory: string;
  readonly #random: Random;

  constructor(directory: string, { files, random }: { files: FileSystem; random: Random }) {
    this.#directory = directory;
    this.#files = files;
    this.#random = random;
  }

  /** @throws {FileSystemError} when it may be there and cannot be read. */
  async read(): Promise<SequenceState> {
    try {
      const bytes = await this.#files.read(this.#path, BYTES_MAX);
      const match = TEXT.exec(new TextDecoder().decode(bytes));
      if (match === null) return this.#another();
      return { id: match[1]!, number: Number(match[2]), atMs: Number(match[3]) };
    } catch (error) {
      if (error instanceof FileSystemError && error.code === "not_found") return this.#another();
      throw error;
    }
  }

  /** Resolves when it would survive a power cut. The old one is there, or the new one. */
  async write({ id, number, atMs }: SequenceState): Promise<void> {
    const draft = `${this.#path}.tmp`;
    await this.#files.writeAndSync(draft, [
      new TextEncoder().encode(`${id} ${number} ${atMs}\n`),
    ]);
    await this.#files.rename(draft, this.#path);
    await this.#files.syncDirectory(this.#directory);
  }

  get #path(): string {
    return `${this.#directory}/${NAME}`;
  }

  #another(): SequenceState {
    const digit = (): string => Math.floor(this.#random() * 16).toString(16);
    return { id: Array.from({ length: ID_DIGITS }, digit).join(""), number: 0, atMs: 0 };
  }
}
