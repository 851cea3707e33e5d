/** A byte for each signal of a sealed request, in order: 1 if it is kept. */
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";

export const expireFlags: Buffer = createBuffer();

export function flagSignal(isKept: bool): void {
  store<u8>(reserveMore(expireFlags, 1), isKept ? 1 : 0);
  expireFlags.length++;
}
