/** Tables of the documents that come from elsewhere. What is around them is written by hand. */

/** Puts rows between their marks: `<!-- rows: NAME -->` and `<!-- end of rows -->`. */
export function putRows(page: string, name: string, rows: string): string {
  const mark = `<!-- rows: ${name} -->\n`;
  const from = page.indexOf(mark) + mark.length;
  const to = page.indexOf("<!-- end of rows -->", from);
  if (from < mark.length || to < 0) throw new Error(`the page has no rows marked "${name}"`);
  return `${page.slice(0, from)}\n${rows}\n${page.slice(to)}`;
}

/** As the formatter has it: columns of one width each. */
export function aligned([head = [], ...lines]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(2, ...[head, ...lines].map((line) => line[column]!.length))
  );
  const drawn = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`;
  const rule = drawn(widths.map((width) => "-".repeat(width)));
  return drawn(head) + rule + lines.map(drawn).join("");
}
