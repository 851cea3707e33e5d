import { corruptZstd } from "./zstd_bits.ts";
import type { HuffmanTable } from "./zstd_huffman.ts";
import { readLiterals } from "./zstd_literals.ts";
import type { ZstdOutput } from "./zstd_output.ts";
import { readSequences, type Tables } from "./zstd_sequences.ts";

/** Decompresses the blocks of one frame, which lean on those before them (RFC 8878, 3.1.1.3). */
export class FrameBlocks {
  readonly #data: Uint8Array;
  readonly #output: ZstdOutput;
  #huffman: HuffmanTable | undefined;
  #tables: Tables | undefined;
  /** The distances used last. */
  #offsets: [number, number, number] = [1, 4, 8];

  constructor(data: Uint8Array, output: ZstdOutput) {
    this.#data = data;
    this.#output = output;
  }

  /** A compressed block from `start` to `end`. */
  decompress(start: number, end: number): void {
    const output = this.#output;
    const literals = readLiterals(this.#data, start, end, this.#huffman);
    this.#huffman = literals.table;
    const { bytes } = literals;
    let used = 0;
    this.#tables = readSequences(
      this.#data,
      literals.end,
      end,
      this.#tables,
      (count, code, match) => {
        if (count > bytes.length - used) {
          throw corruptZstd(`${count} literals of ${bytes.length - used}`, "no more", start);
        }
        output.append(bytes.subarray(used, used + count), start);
        used += count;
        output.copy(this.#distanceOf(code, count), match, start);
      },
    );
    output.append(bytes.subarray(used), start);
  }

  /** Codes up to 3 are distances used before: where no literals come first, the last one would be of no use. */
  #distanceOf(code: number, literals: number): number {
    const [first, second, third] = this.#offsets;
    const which = code > 3 ? 4 : code - (literals > 0 ? 1 : 0);
    if (which === 0) return first;
    if (which === 1) this.#offsets = [second, first, third];
    else if (which === 2) this.#offsets = [third, first, second];
    else this.#offsets = [which === 3 ? first - 1 : code - 3, first, second];
    return this.#offsets[0];
  }
}
