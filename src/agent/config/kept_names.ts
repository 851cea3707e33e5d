/**
 * Which of the endpoints without a name is which of before: the name of each is the
 * directory of its queue, and what is pending there is for nobody else.
 */
import type { EndpointIdentity } from "./endpoint_identity.ts";
import type { QueueOwner } from "./queue_owners.ts";

/** A queue of before, and how its endpoint differs from that of now. */
export interface Kept {
  readonly name: string;
  /** "tuned" sends the same to the same, "changed" goes there as the same, of "replaced" nothing is the same. */
  readonly differs: "tuned" | "changed" | "replaced";
}

/** What an owner is known by; see `shortHash`. */
type Marks = { readonly [key in keyof EndpointIdentity]: string };

/**
 * Finds the queues of endpoints on one URL, in any order: of those that say the same, as
 * far as one alone says it before and now. Nobody gets that of another, unless one was
 * alone there and one is alone there now: that is one endpoint that was edited.
 *
 * @param isFree whether the name may still be had
 */
export function keptNames(
  endpoints: readonly Marks[],
  owners: readonly QueueOwner[],
  isFree: (name: string) => boolean,
): (Kept | undefined)[] {
  const kept: (Kept | undefined)[] = endpoints.map(() => undefined);
  let left = owners.filter(({ name }) => isFree(name));
  const take = (index: number, owner: QueueOwner, differs: Kept["differs"]): void => {
    kept[index] = { name: owner.name, differs };
    left = left.filter((one) => one !== owner);
  };
  for (const [mark, differs] of TIERS) {
    // Those of the last configuration first: an earlier one may have been the same.
    for (const isInUse of [true, false]) {
      const former = owners.filter((owner) => owner.isInUse === isInUse);
      for (const [index, endpoint] of endpoints.entries()) {
        const isAlike = (one: Marks): boolean => one[mark] === endpoint[mark];
        const [only, ...others] = former.filter(isAlike);
        const isAlone = others.length === 0 && endpoints.filter(isAlike).length === 1;
        if (kept[index] !== undefined || only === undefined || !isAlone) continue;
        if (left.includes(only)) take(index, only, differs);
      }
    }
  }
  const [only, ...others] = owners.filter(({ isInUse }) => isInUse);
  const isOneEdited = endpoints.length === 1 && others.length === 0 && kept[0] === undefined;
  if (isOneEdited && only !== undefined && left.includes(only)) take(0, only, "replaced");
  return kept;
}

const TIERS: readonly (readonly [keyof Marks, Kept["differs"]])[] = [
  ["whole", "tuned"],
  ["what", "tuned"],
  ["who", "changed"],
];
