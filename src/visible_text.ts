/**
 * What commands a terminal (C0, C1, DEL), breaks a line where `\n` does not, turns the text
 * around it (bidirectional marks, embeddings and isolates: Unicode Standard Annex 9), or is not
 * seen at all (`Default_Ignorable_Code_Point`, joiners and tags among them; the annotations of
 * U+FFF9). The selectors that make a sign an emoji only say how what is seen looks.
 */
const UNSEEN = /(?![\n\t\ufe0e\ufe0f])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{DI}\ufff9-\ufffb]/gu;

/**
 * A text of somebody else's (an endpoint, a target, a label) as people may see it: what would
 * command, turn around or hide something is an escape, `\u202e`, one for each unit of UTF-16.
 * Inside of JSON that is the same text still. Lines and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** The same in one line. */
export function oneLine(text: string): string {
  return visibleText(text).replace(/[\n\t]/g, escaped);
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}
