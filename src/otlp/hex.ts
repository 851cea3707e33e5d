import { badOtlp } from "./bounds.ts";

/**
 * The id of a trace or span in hexadecimal; empty where all of it is 0, which is none.
 *
 * @throws {WalqError} `INVALID_REQUEST` for another length.
 */
export function hexOf(id: Uint8Array, length: number, where: string): string {
  if (id.length !== length && id.length !== 0) {
    throw badOtlp(where, `${id.length} bytes`, `${length}, or none`);
  }
  if (id.every((byte) => byte === 0)) return "";
  let text = "";
  for (const byte of id) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * The same of an id that is in hexadecimal already, as in OTLP's JSON form.
 *
 * @throws {WalqError} `INVALID_REQUEST`
 */
export function checkHex(id: string, length: number, where: string): string {
  if (id === "" || /^0+$/.test(id)) return "";
  if (id.length === 2 * length && /^[0-9a-f]+$/i.test(id)) return id.toLowerCase();
  throw badOtlp(where, JSON.stringify(id.slice(0, 40)), `${2 * length} hexadecimal digits`);
}
