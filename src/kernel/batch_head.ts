/** What is known of a batch before its bytes are looked into, in the kernel's numbers. */
import { WalqError } from "../errors.ts";
import { type Checksum, formatChecksum, parseChecksum } from "./checksum.ts";
import type { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";

/** The formats that are read, and the kernel's numbers for them. */
const FORMATS: ReadonlyMap<string, number> = new Map([
  ["walq.metrics.v1", layout.FORMAT_WALQ_V1],
  ["alloy.metrics.queue.v1", layout.FORMAT_ALLOY_V1],
  ["alloy.metrics.queue.v2", layout.FORMAT_ALLOY_V2],
]);

/** @throws {WalqError} `UNSUPPORTED_FORMAT` */
export function formatCode(format: string): number {
  const code = FORMATS.get(format);
  if (code !== undefined) return code;
  const known = [...FORMATS.keys()].map((name) => `"${name}"`).join(", ");
  throw new WalqError(
    "UNSUPPORTED_FORMAT",
    `Cannot read batch: got format "${format}", wanted one of ${known}`,
  );
}

/** zstd is taken off before. @throws {WalqError} `UNSUPPORTED_FORMAT` */
export function compressionCode(compression: string): number {
  if (compression === "snappy") return layout.COMPRESSION_SNAPPY;
  if (compression === "none") return layout.COMPRESSION_NONE;
  throw new WalqError(
    "UNSUPPORTED_FORMAT",
    `Cannot read batch: got compression "${compression}", wanted "snappy", "zstd" or "none"`,
  );
}

/** @throws {WalqError} `CORRUPT` */
export function wantedChecksum(text: string | undefined): Checksum | undefined {
  if (text === undefined) return undefined;
  const checksum = parseChecksum(text);
  if (checksum !== undefined) return checksum;
  throw new WalqError(
    "CORRUPT",
    `Cannot read batch: got checksum ${
      JSON.stringify(text)
    }, wanted "xxh64:" and 16 hexadecimal digits`,
  );
}

/** Holds the input against the checksum that the writer left. @throws {WalqError} `CORRUPT` */
export function checkInput(
  instance: KernelInstance,
  bytes: number,
  wanted: Checksum | undefined,
): void {
  if (wanted === undefined) return;
  if (instance.exports.checkInput(bytes, wanted.low, wanted.high) !== 0) return;
  const got = formatChecksum(inputChecksum(instance, bytes));
  throw new WalqError(
    "CORRUPT",
    `Cannot read batch: got ${bytes} bytes with the checksum ${got}, wanted ` +
      formatChecksum(wanted),
  );
}

/** The checksum of the input that is there. */
export function inputChecksum(instance: KernelInstance, bytes: number): Checksum {
  instance.exports.checksumInput(bytes);
  return {
    low: instance.slot(layout.SLOT_CHECKSUM_LOW),
    high: instance.slot(layout.SLOT_CHECKSUM_HIGH),
  };
}
