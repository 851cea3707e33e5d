import type { Metadata } from "../types.ts";
import { metadataField } from "./signal_fields.ts";

/** All of them together; when they are more, they are encoded anew. */
const BYTES_MAX = 1024 * 1024;
const ENTRY_BYTES = 200;
const BYTES_A_CHARACTER = 2;

/** What was said of families lately, encoded: it is mostly said again, with every request. */
export class MetadataFields {
  readonly #fields = new Map<string, Uint8Array>();
  #bytes = 0;

  /** @throws {RangeError} for an unknown type. */
  of(family: string, metadata: Metadata): Uint8Array {
    const { type, help = "", unit = "" } = metadata;
    // With the lengths no two of them have one key.
    const key = `${type} ${family.length} ${unit.length} ${family}${unit}${help}`;
    const known = this.#fields.get(key);
    if (known !== undefined) return known;
    const field = metadataField(family, metadata);
    const bytes = ENTRY_BYTES + BYTES_A_CHARACTER * key.length + field.length;
    if (this.#bytes + bytes > BYTES_MAX) {
      this.#fields.clear();
      this.#bytes = 0;
    }
    if (bytes > BYTES_MAX) return field;
    this.#bytes += bytes;
    this.#fields.set(key, field);
    return field;
  }
}
