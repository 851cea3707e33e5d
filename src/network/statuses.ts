/**
 * Which of the 4xx are about the data. What is not in one of these lists is: 400 and
 * 422 say that something in the request is wrong, 409 is what Thanos answers to samples
 * that are out of order or there already, 413 that there is too much of it, and of a
 * status that nobody knows nothing better can be assumed.
 */

/** The request may succeed as it is, and soon: somebody on the way did not wait long enough for it. */
const PASSING: ReadonlySet<number> = new Set([
  408, // Load balancers and servers, of a body that was slow.
  425, // Too early in the handshake (RFC 8470).
  499, // Not in any RFC: nginx and Mimir, of a client, such as a proxy, that went away.
]);

/** Every request would be refused so, whatever is in it, until somebody mends something. */
const REFUSALS: ReadonlySet<number> = new Set([
  // Not you: the login, the account, or what a login page stands before.
  401,
  402,
  403,
  407,
  511,
  // Not here: the path, the method, the host, the protocol, a receiver that is not enabled yet or any more.
  404,
  405,
  410,
  414,
  421,
  423,
  424,
  426,
  451,
  // Not in this way: the headers, which are the same in each request, or what a proxy has made of them.
  406,
  411,
  412,
  417,
  428,
  431,
  // The type of the content. To remote write 2.0 it is an answer of its own: see `judgeV2`.
  415,
]);

/** What nginx, Go and others write into a 400 to whoever speaks HTTP where HTTPS is spoken, or has no certificate. */
const TLS_EXPECTED = /\bHTTPS (?:port|server)\b|\bSSL certificate\b/i;

/** The endpoint says "not now", in one of the 4xx. */
export function isPassing(status: number): boolean {
  return PASSING.has(status);
}

/** The endpoint says "not you" or "not here", and nothing about the data. */
export function isRefusal(status: number, text: string): boolean {
  return REFUSALS.has(status) || (status === 400 && TLS_EXPECTED.test(ownWords(text)));
}

/** What a text says of the data itself: somebody's labels, which may have any word in them. */
const QUOTED = /"[^"]*"|(?<![A-Za-z])'[^']*'|`[^`]*`|\{[^}]*\}/g;
/** Names of the form that a request has. */
const FORM =
  /remote[-_ ]?write|prometheus\.write\.v2|\bproto(?:buf|col)?\b|(?:content|media|message)[-_ ]?type/i;
const REFUSED =
  /unsupported|unknown|unexpected|unrecogni[sz]ed|\bnot\b.*(?:support|accept|understood|implement|recogni[sz]ed|known)|\binvalid\b|\bexpected\b|\bonly\b/i;
/** What protobuf's decoders say of a message that is another one. */
const UNREADABLE = /\bproto: |wire ?type|\bdecod(?:e|ing)\b|unmarshal|deseriali[sz]/i;

/**
 * Whether the text of a 400 says that the message as such is not understood: a
 * receiver that knows remote write 1.0 alone tries to read 2.0 as that. Most take it for
 * an empty request, and those that look at the content type answer 415 by now; the
 * rest can be told by their words alone.
 */
export function saysNotUnderstood(text: string): boolean {
  const own = ownWords(text);
  // The receiver reads the message, and finds a text in it that is not UTF-8.
  if (/utf-?8/i.test(own)) return false;
  return UNREADABLE.test(own) || (FORM.test(own) && REFUSED.test(own));
}

function ownWords(text: string): string {
  return wordsOf(text).replace(QUOTED, " ");
}

/** An error may come as a text of an object, such as `{"error":"..."}`. */
function wordsOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    return Object.values(parsed as object).filter((value) => typeof value === "string").join("\n");
  } catch {
    return text;
  }
}
