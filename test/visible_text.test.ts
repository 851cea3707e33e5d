import assert from "node:assert/strict";
import { test } from "node:test";
import { oneLine, visibleText } from "../src/visible_text.ts";

/** Each by what Unicode calls it. */
const HIDDEN: readonly (readonly [string, number, number])[] = [
  ["controls of C0 but tab and line feed", 0x00, 0x08],
  ["controls of C0 but tab and line feed", 0x0b, 0x1f],
  ["delete and C1", 0x7f, 0x9f],
  ["soft hyphen", 0xad, 0xad],
  ["Arabic letter mark", 0x61c, 0x61c],
  ["zero width space, joiners, marks of direction", 0x200b, 0x200f],
  ["separators of lines and paragraphs, embeddings and overrides", 0x2028, 0x202e],
  ["word joiner and invisible operators", 0x2060, 0x2064],
  ["isolates", 0x2066, 0x2069],
  ["Hangul filler", 0x3164, 0x3164],
  ["byte order mark", 0xfeff, 0xfeff],
  ["annotations", 0xfff9, 0xfffb],
  ["halves of pairs", 0xd800, 0xdfff],
  ["tags", 0xe0001, 0xe007f],
];

test("what commands, turns around or is not seen is an escape", () => {
  for (const [what, from, to] of HIDDEN) {
    for (let code = from; code <= to; code++) {
      const character = String.fromCodePoint(code);
      const shown = visibleText(`a${character}b`);
      assert.match(shown, /^a(?:\\u[0-9a-f]{4}){1,2}b$/, `${what}: ${code.toString(16)}`);
      assert.equal(oneLine(`a${character}b`), shown);
      assert.equal(JSON.parse(`"${shown}"`), `a${character}b`, "in JSON it is the same text");
    }
  }
  assert.equal(visibleText("\u202e"), "\\u202e");
  assert.equal(visibleText("\u{e0041}"), "\\udb40\\udc41");
});

test("what is seen stays, in whatever script, and lines stay where there may be some", () => {
  const seen = ["a\tb\nc", "größer 安定 نظام ਪੰ 👍🏽 ☀️ ☀︎", '<b>"&', "\\u202e", "\u00a0\u3000"];
  for (const text of seen) assert.equal(visibleText(text), text);
  assert.equal(oneLine("a\tb\nc"), "a\\u0009b\\u000ac");
});
