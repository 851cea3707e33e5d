/** A checksum as text: `xxh64:` and 16 hexadecimal digits. Halves, because a u64 does not fit a number. */
export interface Checksum {
  readonly low: number;
  readonly high: number;
}

const PATTERN = /^xxh64:([0-9a-f]{8})([0-9a-f]{8})$/;

export function formatChecksum(checksum: Checksum): string {
  return `xxh64:${hex(checksum.high)}${hex(checksum.low)}`;
}

/** Undefined for text of any other form. */
export function parseChecksum(text: string): Checksum | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  return { high: parseInt(match[1]!, 16), low: parseInt(match[2]!, 16) };
}

function hex(half: number): string {
  return half.toString(16).padStart(8, "0");
}
