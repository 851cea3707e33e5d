import { WalqError } from "../../errors.ts";
import { CONFIG_BYTES_MAX } from "./yaml.ts";

/**
 * The text of a configuration's bytes.
 *
 * @throws {WalqError} `INVALID_OPTIONS` for what is too large, or no text.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  if (bytes.length > CONFIG_BYTES_MAX) {
    throw new WalqError("INVALID_OPTIONS", `${name}: larger than ${CONFIG_BYTES_MAX} bytes`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new WalqError("INVALID_OPTIONS", `${name}: not UTF-8`);
  }
}
