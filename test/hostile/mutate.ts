/** What can happen to bytes: flips, cuts, splices, inflated numbers, repetitions. */

export type Dice = () => number;

/** Numbers that depend on the seed alone: xorshift. */
export function diceOf(seed: number): Dice {
  let state = (seed >>> 0) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

const EXTREMES: readonly number[] = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 0xc0, 0xdd, 0xdf];

/** One to four changes to one of the inputs. */
export function mutate(corpus: readonly Uint8Array[], dice: Dice): Uint8Array {
  const pick = (): Uint8Array => corpus[Math.floor(dice() * corpus.length)]!;
  let bytes: Uint8Array = pick().slice();
  for (let steps = 1 + Math.floor(dice() * 4); steps > 0; steps--) {
    bytes = change(bytes, pick, dice);
  }
  return bytes;
}

function change(bytes: Uint8Array, pick: () => Uint8Array, dice: Dice): Uint8Array {
  const at = Math.floor(dice() * bytes.length);
  const result = bytes.slice();
  switch (Math.floor(dice() * 8)) {
    case 0:
      if (result.length > 0) result[at]! ^= 1 << Math.floor(dice() * 8);
      return result;
    case 1:
      if (result.length > 0) result[at] = EXTREMES[Math.floor(dice() * EXTREMES.length)]!;
      return result;
    case 2:
      return result.slice(0, at);
    case 3:
      return result.slice(at);
    case 4:
      return splice(bytes, at, pick(), dice);
    case 5:
      // A varint, a count or a length that claims much.
      return join(bytes.subarray(0, at), HUGE, bytes.subarray(at + Math.floor(dice() * 3)));
    case 6: {
      const chunk = bytes.subarray(at, at + Math.floor(dice() * 64));
      return join(bytes.subarray(0, at), chunk, bytes.subarray(at));
    }
    default:
      for (let i = at; i < Math.min(result.length, at + 8); i++) result[i] = dice() * 256;
      return result;
  }
}

const HUGE = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f);

function splice(bytes: Uint8Array, at: number, other: Uint8Array, dice: Dice): Uint8Array {
  return join(bytes.subarray(0, at), other.subarray(Math.floor(dice() * other.length)));
}

function join(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
