/** Pages in text that are changed by chance, so that many of them still are pages. */
import type { Dice } from "../../hostile/mutate.ts";
import { specifiedPages } from "./forms.ts";
import { OPEN } from "./content_types.ts";
import { BLANKS, NAMES, NUMBERS, QUOTED, TIMES } from "./tokens.ts";

const TEXTS: readonly string[] = [
  `# HELP a_total Some \\\\ text.
# TYPE a_total counter
a_total{code="200",path="/a \\"b\\"\\n"} 17
a_total{code="500"} 0 1700000000000
# a comment
# TYPE h histogram
h_bucket{le="0.5"} 1
h_bucket{le="1"} 3
h_bucket{le="+Inf"} 4
h_sum 3.5
h_count 4
h_bucket{a="b",le="+Inf"} 2
h_sum{a="b"} 1
h_count{a="b"} 2
`,
  `# TYPE s summary
s{quantile="0.5"} 1
s{quantile="1"} 2
s_sum 3
s_count 4
# TYPE "u.v" gauge
{"u.v","l m"="ü"} NaN
{"u.v"} +Inf

	spaced { a = "b" , c="d", } 1e3	5
untyped 0.1
`,
];
const OPENS: readonly string[] = [
  ...specifiedPages(),
  `# TYPE h histogram
h_bucket{le="1"} 1 # {id="x"} 0.5 7
h_bucket{le="+Inf"} 2 # {id="y"} 2
h_sum 3
h_count 2
h_created 5.5
# TYPE "u.v" counter
# UNIT w_seconds seconds
{"u.v_total","l m"="ü"} 1 8.5 # {a="b",c="d"} 1 9
{"u.v_created","l m"="ü"} 5
# EOF
`,
];

const TOKEN = /[a-zA-Z_:][\w:]*|"(?:\\.|[^"\\])*"|[-+\d.][-+\d.e]*|[^]/gu;
const MARKS = '{ } = , # " \\ \n \0 : . - é 1 a'.split(" ");
const POOLS: readonly (readonly string[])[] = [
  NUMBERS,
  TIMES,
  NAMES,
  QUOTED.map((text) => `"${text}"`),
  BLANKS,
  MARKS,
];

/** One to three changes of a page. */
export function mutatedText(contentType: string, dice: Dice): string {
  let page = oneOf(contentType === OPEN ? OPENS : TEXTS, dice);
  for (let steps = 1 + Math.floor(dice() * 3); steps > 0; steps--) {
    page = dice() < 0.25 ? changed(page.split("\n"), "\n", dice) : changedToken(page, dice);
  }
  return page;
}

function oneOf<Item>(items: readonly Item[], dice: Dice): Item {
  return items[Math.floor(dice() * items.length)]!;
}

function changedToken(page: string, dice: Dice): string {
  const tokens = page.match(TOKEN) ?? [];
  if (dice() < 0.4) return changed(tokens, "", dice);
  const at = Math.floor(dice() * (tokens.length + 1));
  tokens.splice(at, dice() < 0.7 ? 1 : 0, oneOf(oneOf(POOLS, dice), dice));
  return tokens.join("");
}

/** A part goes, comes twice, or changes its place. */
function changed(parts: string[], joint: string, dice: Dice): string {
  const at = Math.floor(dice() * parts.length);
  const [part] = parts.splice(at, 1);
  if (part === undefined) return "";
  const kind = Math.floor(dice() * 3);
  if (kind === 1) parts.splice(at, 0, part, part);
  if (kind === 2) parts.splice(Math.floor(dice() * (parts.length + 1)), 0, part);
  return parts.join(joint);
}
