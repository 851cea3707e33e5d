import { PageError, WalqError } from "../../src/errors.ts";
import { diceOf, mutate } from "./mutate.ts";
import type { Target } from "./targets.ts";

/** What came of an attack. */
export interface Attack {
  readonly name: string;
  readonly inputs: number;
  readonly taken: number;
  /** Refused, by the error's code. */
  readonly refused: Readonly<Record<string, number>>;
}

/** A valid input between so many hostile ones: what was before must not show in it. */
const VALID_EVERY = 16;

/**
 * Feeds a target mutated inputs. Throws on anything but a clear refusal, and when a
 * valid input does not give what it gave at first.
 */
export function attack(target: Target, inputs: number, seed: number): Attack {
  const dice = diceOf(seed);
  const { name, corpus, feed } = target;
  const wanted = corpus.map(feed);
  const refused: Record<string, number> = {};
  let taken = 0;
  for (let index = 0; index < inputs; index++) {
    const bytes = mutate(corpus, dice);
    try {
      feed(bytes);
      taken++;
    } catch (error) {
      if (!isClear(error)) throw broken(name, seed, index, bytes, error);
      const code = error instanceof PageError ? "PAGE" : error.code;
      refused[code] = (refused[code] ?? 0) + 1;
    }
    if (index % VALID_EVERY > 0) continue;
    const which = Math.floor(dice() * corpus.length);
    const got = feed(corpus[which]!);
    if (got === wanted[which]) continue;
    throw broken(name, seed, index, bytes, new Error(`then ${got} in place of ${wanted[which]}`));
  }
  return { name, inputs, taken, refused };
}

/** Not the kernel's last line of defence, which a trap is. */
function isClear(error: unknown): error is WalqError | PageError {
  const isRefusal = error instanceof WalqError || error instanceof PageError;
  return isRefusal && !/trapped|unknown fault|unknown rule/.test(error.message);
}

function broken(
  name: string,
  seed: number,
  index: number,
  bytes: Uint8Array,
  cause: unknown,
): Error {
  const hex = Array.from(bytes.subarray(0, 2000), (byte) => byte.toString(16).padStart(2, "0"));
  return new Error(`${name}, seed ${seed}, input ${index}: ${cause}\n${hex.join("")}`, { cause });
}
