/** Compares and writes the short ASCII texts that formats have as keys, without making copies of them. */

/** Whether bytes are this text. */
export function isText(at: usize, bytes: usize, text: string): bool {
  const length = <usize> text.length;
  if (bytes != length) return false;
  const characters = changetype<usize>(text);
  for (let i: usize = 0; i < length; i++) {
    if (<u32> load<u8>(at + i) != <u32> load<u16>(characters + (i << 1))) return false;
  }
  return true;
}

/** Whether bytes are this text of small letters, with any of them large. */
export function isTextInAnyCase(at: usize, bytes: usize, text: string): bool {
  const length = <usize> text.length;
  if (bytes != length) return false;
  const characters = changetype<usize>(text);
  for (let i: usize = 0; i < length; i++) {
    const byte = <u32> load<u8>(at + i);
    const isLarge = byte - 0x41 < 26;
    if ((isLarge ? byte | 0x20 : byte) != <u32> load<u16>(characters + (i << 1))) return false;
  }
  return true;
}

/** Writes the text; returns its end. */
export function writeText(to: usize, text: string): usize {
  const length = <usize> text.length;
  const characters = changetype<usize>(text);
  for (let i: usize = 0; i < length; i++) {
    store<u8>(to + i, <u8> load<u16>(characters + (i << 1)));
  }
  return to + length;
}
