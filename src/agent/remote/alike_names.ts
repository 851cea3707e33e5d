const ALIKE_MAX = 5;
/** So many characters may be wrong, too many or missing. */
const EDITS_MAX = 2;
/** A shorter beginning is that of too many. */
const BEGINNING_MIN = 4;

/** Those names that somebody may have meant by another one: it is a part of them, or nearly one of them. At most five. */
export function alikeNames(name: string, names: readonly string[]): string[] {
  const sought = name.trim().toLowerCase();
  const isAlike = (one: string): boolean =>
    (sought.length >= BEGINNING_MIN && one.includes(sought)) ||
    (one.length > BEGINNING_MIN && sought.includes(one)) ||
    editsBetween(sought, one) <= EDITS_MAX;
  return names.filter((one) => isAlike(one.toLowerCase())).slice(0, ALIKE_MAX);
}

/** How many characters have to be changed, put in or taken out; more than {@link EDITS_MAX} is not told apart. */
function editsBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > EDITS_MAX) return EDITS_MAX + 1;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
