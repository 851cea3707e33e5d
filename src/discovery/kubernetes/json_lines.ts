import { jsonFault } from "../../json_fault.ts";
import { DiscoveryError } from "../client.ts";

/** No object of Kubernetes is larger: etcd takes 1.5 MiB. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
const LINE_FEED = 10;

/** Objects of JSON that come one a line, in pieces of any size. */
export class JsonLines {
  readonly #onValue: (value: unknown) => void;
  /** Of the line that has not ended yet. */
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(onValue: (value: unknown) => void) {
    this.#onValue = onValue;
  }

  /** @throws {SyntaxError} for a line that is no JSON. */
  add(bytes: Uint8Array): void {
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      this.#keep(bytes.subarray(start, end));
      start = end + 1;
      this.#endLine();
    }
    this.#keep(bytes.subarray(start));
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#length += piece.length;
    if (this.#length > LINE_BYTES_MAX) throw new RangeError("an event is too large");
    // A copy: the room of the piece is used again.
    this.#pieces.push(piece.slice());
  }

  #endLine(): void {
    const decoder = new TextDecoder();
    const texts = this.#pieces.map((piece) => decoder.decode(piece, { stream: true }));
    const line = texts.join("") + decoder.decode();
    this.#pieces = [];
    this.#length = 0;
    if (line.trim() !== "") this.#onValue(parsed(line));
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new DiscoveryError(`an event is no JSON: ${jsonFault(line)}`);
  }
}
