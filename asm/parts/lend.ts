/** While a part is encoded, the batch has the part's rows and entries in place of its own. */
import { Buffer } from "../bytes/memory";

/** The buffer has this content until it is taken back, and must not grow meanwhile; `own` remembers what it had. */
export function lend(buffer: Buffer, at: usize, length: usize, own: Buffer): void {
  own.at = buffer.at;
  own.length = buffer.length;
  buffer.at = at;
  buffer.length = length;
}

export function takeBack(buffer: Buffer, own: Buffer): void {
  buffer.at = own.at;
  buffer.length = own.length;
}
