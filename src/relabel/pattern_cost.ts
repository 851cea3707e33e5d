/** How much an expression costs, told by its text: what costs too much must not be compiled to find that out. */

/** What is one thing to repeat, what repeats it, and what opens and closes a group. */
const TOKEN =
  /\\Q[^]*?(?:\\E|$)|\\[pP](?:\{[^}]*\}|[^])|\\x\{[^}]*\}|\\[^]?|\[\^?\]?(?:\[:\^?\w+:\]|\\[^]?|[^\]\\])*(?:\]|$)|\(\?(?:P?<\w+>|[\w-]*[:)])|\{\d+(?:,\d*)?\}|[^]/gu;
/** A category of Unicode has hundreds of ranges, and each step has its own. */
const CATEGORY_COST = 20;

/**
 * About as many steps as the expression has when its repetitions are written out, and
 * rather more than fewer. Infinity where a `)` closes what was not opened: such a one can
 * be found many times in a text, each time at the cost of all of it.
 */
export function patternCost(regex: string): number {
  const open: number[] = [];
  let sum = 1;
  let last = 0;
  for (const [token] of regex.matchAll(TOKEN)) {
    if (/^\((?!\?[\w-]*\)$)/.test(token)) {
      open.push(sum);
      sum = 1;
      last = 0;
    } else if (token === ")") {
      const before = open.pop();
      if (before === undefined) return Infinity;
      last = sum + 1;
      sum = before + last;
    } else if (/^\{\d/.test(token)) {
      const more = last * timesOf(token) - last;
      sum += more;
      last += more;
    } else {
      const own = atomCost(token);
      sum += own;
      // What repeats belongs to what it repeats.
      last = /^[*+?]$/.test(token) ? last + own : own;
    }
  }
  return open.reduce((all, one) => all + one, sum);
}

function timesOf(token: string): number {
  const [least = 0, most = 0] = token.slice(1, -1).split(",").map(Number);
  return Math.max(least, most) + 1;
}

/** A class, and what is quoted, costs as much as it is long. */
function atomCost(token: string): number {
  const categories = token.match(/\\[pP]/g)?.length ?? 0;
  const length = /^(?:\[|\\Q)/.test(token) ? token.length : 1;
  return length + categories * CATEGORY_COST;
}
