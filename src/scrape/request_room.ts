/** More is not worth to be kept. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** Room in which the parts of a request are put together: each request has it until the next one. */
export class RequestRoom {
  #room = new Uint8Array(0);

  /** Messages of protobuf one behind the other are one. The bytes are valid until the next call. */
  join(parts: readonly Uint8Array[]): Uint8Array {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const room = this.#roomFor(length);
    let at = 0;
    for (const part of parts) {
      room.set(part, at);
      at += part.length;
    }
    return room.subarray(0, length);
  }

  #roomFor(bytes: number): Uint8Array {
    if (bytes <= this.#room.length) return this.#room;
    if (bytes > KEPT_BYTES_MAX) return new Uint8Array(bytes);
    // Targets differ: somewhat more than this one needs is enough for most others.
    this.#room = new Uint8Array(Math.min(KEPT_BYTES_MAX, bytes + (bytes >> 1)));
    return this.#room;
  }
}
