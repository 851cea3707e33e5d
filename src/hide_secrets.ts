/** Shorter ones are in every text. */
const SECRET_LENGTH_MIN = 4;
/** The beginning of a secret, where a text was cut: less than this tells nobody anything. */
const BEGINNING_LENGTH_MIN = 8;
const HIDDEN = "<hidden>";

/**
 * A text of somebody else's without these secrets, however it spells them, whole or cut
 * off at its end. `words` are of letters alone or digits alone, with `-` and `_`, and are
 * hidden where they stand for themselves, not inside of a longer word.
 */
export function hideSecrets(
  text: string,
  secrets: readonly string[],
  words: readonly string[] = [],
): string {
  if (text === "") return text;
  // The longest first: one may be a part of another, whose rest would stay otherwise.
  const relevant = new Set(secrets.map((secret) => beginningOf(secret, text.length)));
  const spellings = [...new Set([...relevant].flatMap(spellingsOf))]
    .filter((secret) => secret.length >= SECRET_LENGTH_MIN)
    .sort((a, b) => b.length - a.length);
  const left = spellings.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
  return withoutBeginning(withoutWords(left, words), [...spellings, ...words]);
}

/** As much of it as can be in a text of that length: tokens are long, and most texts are short. */
function beginningOf(secret: string, textLength: number): string {
  const lengthMax = Math.max(textLength, BEGINNING_LENGTH_MIN) + 1;
  // A character that is cut in half cannot be written.
  return secret.length <= lengthMax
    ? secret
    : secret.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, "");
}

/** A break may be written as an escape, which ends with a letter or a digit. */
function withoutWords(text: string, words: readonly string[]): string {
  return words
    .filter((word) => word.length >= SECRET_LENGTH_MIN)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, word) => {
      const alone =
        `(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}|\\\\(?:[bfnrt]|u[0-9A-Fa-f]{4})))${word}(?![A-Za-z0-9])`;
      return rest.replace(new RegExp(alone, "g"), HIDDEN);
    }, text);
}

/**
 * As it is, in JSON (some writers escape `/`, Go's also what HTML has, .NET's also `+` and
 * `'`), in HTML, in a URL, in a form and in base64.
 */
function spellingsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const inUrl = encodeURIComponent(secret);
  const inForm = new URLSearchParams({ "": secret }).toString().slice(1);
  return [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    ...inHex(json, /[<>&]/g, "\\u", 4),
    ...[json, json.replaceAll('\\"', "\\u0022")].flatMap((one) =>
      inHex(one, /[<>&'+`]/g, "\\u", 4)
    ),
    secret.replace(/[<>&"']/g, (char) => HTML[char]!),
    secret.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`),
    ...spellingsInAscii(secret, json),
    ...[inUrl, inForm, inForm.replaceAll("+", "%20")].flatMap((one) => [one, lowerEscapes(one)]),
    ...spellingsInBase64(secret),
  ];
}

/** Inside of another text's base64 fewer characters are of the secret alone, and short ones are in every text. */
const INNER_LENGTH_MIN = 12;

/**
 * Whole, in both alphabets, also as URLs, forms and JSON have what is no letter in them; and
 * what is of it alone where it is a part of what was encoded, such as all headers together.
 */
function spellingsInBase64(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const whole = base64(bytes);
  const inner = [0, 1, 2].map((shift) => {
    const padded = new Uint8Array(shift + bytes.length);
    padded.set(bytes, shift);
    // Each character has 6 bits: those at the ends have some of a neighbour.
    const [from, to] = [Math.ceil(shift * 8 / 6), Math.floor(padded.length * 8 / 6)];
    return base64(padded).slice(from, to);
  }).filter((part) => part.length >= INNER_LENGTH_MIN);
  return [whole, whole.replace(/=+$/, ""), ...inner].flatMap((text) => {
    const inUrl = encodeURIComponent(text);
    const json = inHex(text, /\+/g, "\\u", 4);
    const forUrls = text.replaceAll("+", "-").replaceAll("/", "_");
    return [text, forUrls, text.replaceAll("/", "\\/"), ...json, inUrl, lowerEscapes(inUrl)];
  });
}

/** So many arguments may a call have on each runtime. */
const ARGUMENTS_MAX = 8192;

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += ARGUMENTS_MAX) {
    text += String.fromCharCode(...bytes.subarray(at, at + ARGUMENTS_MAX));
  }
  return btoa(text);
}

/**
 * Where it is not ASCII: its characters escaped in JSON and HTML, and the same of whoever
 * takes each byte of UTF-8 for a character, or shows bytes as Python and C do.
 */
function spellingsInAscii(secret: string, json: string): string[] {
  if (!/[\u0080-\uffff]/.test(secret)) return [];
  const bytes = Array.from(new TextEncoder().encode(secret), (byte) => String.fromCharCode(byte))
    .join("");
  const jsonOfBytes = JSON.stringify(bytes).slice(1, -1);
  return [
    bytes,
    ...[json, jsonOfBytes].flatMap((text) => inHex(text, /[\u0080-\uffff]/g, "\\u", 4)),
    // What Python shows of text escapes the control characters alone.
    ...[/[\u0080-\uffff]/g, /[\u0080-\u00a0]/g].flatMap((which) => inHex(bytes, which, "\\x", 2)),
    bytes.replace(/[\u0080-\uffff]/g, (char) => `\\${char.charCodeAt(0).toString(8)}`),
    ...[secret, bytes].flatMap((text) => [
      text.replace(/[\u{80}-\u{10ffff}]/gu, (char) => `&#${char.codePointAt(0)};`),
      ...inHex(text, /[\u{80}-\u{10ffff}]/gu, "&#x", 0, ";"),
    ]),
  ];
}

/** With some characters as escapes of hexadecimal digits, small ones and large ones. */
function inHex(text: string, which: RegExp, before: string, digits: number, after = ""): string[] {
  const escaped = (spell: (hex: string) => string): string =>
    text.replace(which, (char) => {
      const hex = char.codePointAt(0)!.toString(16).padStart(digits, "0");
      return before + spell(hex) + after;
    });
  return [escaped((hex) => hex), escaped((hex) => hex.toUpperCase())];
}

const HTML: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&#39;",
};

function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

/** An answer is read up to a bound, which can be in the middle of a secret, and of a character of it. */
function withoutBeginning(whole: string, secrets: readonly string[]): string {
  const text = whole.replace(/\ufffd+$/, "");
  for (const secret of secrets) {
    const first = secret.slice(0, BEGINNING_LENGTH_MIN);
    if (first.length < BEGINNING_LENGTH_MIN) continue;
    // The longest first: that is where it would begin first.
    let at = text.indexOf(first, Math.max(text.length - secret.length + 1, 0));
    for (; at >= 0; at = text.indexOf(first, at + 1)) {
      if (secret.startsWith(text.slice(at))) return text.slice(0, at) + HIDDEN;
    }
  }
  return whole;
}
