/** Room for so many bytes: a part of what is there, if that is enough. */
export function roomFor(bytes: number, room?: Uint8Array): Uint8Array {
  return room !== undefined && bytes <= room.length
    ? room.subarray(0, bytes)
    : new Uint8Array(bytes);
}
