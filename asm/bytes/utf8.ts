/** Whether bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */

const HIGH_BITS: u64 = 0x8080808080808080;

export function isUtf8(at: usize, bytes: usize): bool {
  const end = at + bytes;
  while (at < end) {
    if (end - at >= 8 && (load<u64>(at) & HIGH_BITS) == 0) {
      at += 8;
      continue;
    }
    const first = load<u8>(at);
    if (first < 0x80) {
      at++;
      continue;
    }
    const length = sequenceBytes(at, first, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

/** The length of the well-formed sequence at `at`; 0 if it is not well-formed. */
function sequenceBytes(at: usize, first: u32, end: usize): usize {
  let length: usize;
  let lowest: u32 = 0x80;
  let highest: u32 = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) length = 2;
  else if (first >= 0xe0 && first <= 0xef) length = 3;
  else if (first >= 0xf0 && first <= 0xf4) length = 4;
  else return 0;
  if (end - at < length) return 0;
  // The second byte rules out overlong forms, surrogates and what is too large.
  if (first == 0xe0) lowest = 0xa0;
  else if (first == 0xed) highest = 0x9f;
  else if (first == 0xf0) lowest = 0x90;
  else if (first == 0xf4) highest = 0x8f;
  const second: u32 = load<u8>(at, 1);
  if (second < lowest || second > highest) return 0;
  for (let i: usize = 2; i < length; i++) {
    if ((load<u8>(at + i) & 0xc0) != 0x80) return 0;
  }
  return length;
}
