import { concat } from "../../kernel/twin/model.ts";
import { field, varint } from "./protobuf.ts";

const encoder = new TextEncoder();

/** The strings of a request of remote write 2.0, each once; the first one is empty. */
export class SymbolTable {
  readonly #refs = new Map([["", 0]]);

  /** The `labels_refs` of a TimeSeries. */
  refsOf(labels: readonly (readonly [string, string])[]): Uint8Array {
    const refs = labels.flatMap(([name, value]) => [this.#refOf(name), this.#refOf(value)]);
    return field(0x0a, concat(refs.map(varint)));
  }

  /** The `symbols` of the request. */
  encode(): Uint8Array {
    return concat([...this.#refs.keys()].map((text) => field(0x22, encoder.encode(text))));
  }

  #refOf(text: string): number {
    const known = this.#refs.get(text);
    if (known !== undefined) return known;
    const ref = this.#refs.size;
    this.#refs.set(text, ref);
    return ref;
  }
}
