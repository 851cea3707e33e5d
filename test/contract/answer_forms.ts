/**
 * The forms that an answer can have, with what curl 7.88 and the client of Go 1.26 make of
 * each, as they were run against these very bytes: a status, or that they refuse it.
 * What either reads, walq reads; `test/peers/answer_forms.test.ts` asks the two again.
 */

/** What a client makes of an answer. */
export type Reading = number | "refused";

/** One answer as a server may give it. */
export interface AnswerForm {
  /** What goes over the wire, each character a byte. */
  readonly answer: string;
  readonly curl: Reading;
  readonly go: Reading;
  /** The status, or why it cannot be read. */
  readonly walq: number | RegExp;
  /** Which rule makes walq refuse what curl or Go reads, or read what both refuse. */
  readonly because?: string;
  /** The answer goes out when the head of the request is in, not all of it. */
  readonly early?: true;
  readonly bodyBytes?: number;
  /** The server reads no more than that either. */
  readonly deaf?: true;
  /** The server closes the connection behind the answer. */
  readonly closes?: true;
  /** Each byte in a packet of its own. */
  readonly bytewise?: true;
}

const OK = "HTTP/1.1 200 OK\r\n";
const BODY = "content-length: 2\r\n\r\nok";
const DONE = "HTTP/1.1 204 No Content\r\n\r\n";
const CHUNKED = `${OK}transfer-encoding: chunked\r\n`;
const CHUNKS = "\r\n2\r\nok\r\n0\r\n\r\n";
/** More than what the sockets between the two hold. */
const LARGE_BODY_BYTES = 32 << 20;
const KIB = 1024;

const NO_STATUS = /^the answer cannot be read: its first line is ".*", expected "HTTP\/", a vers/;
const NO_HTTP = /^the answer cannot be read: it begins with ".*", expected "HTTP\/"$/;
const LENGTH = /^the answer cannot be read: its content-length is ".*", expected one number$/;
const TOO_LARGE = /^the answer cannot be read: its head has more than 262144 bytes$/;
const SWITCHED = /^the answer cannot be read: it switches to another protocol \(101\)$/;
const MIDDLE = /^the connection was closed in the middle of an answer$/;
const NOTHING = /^the connection was closed before an answer$/;

const DISCARDED = "RFC 9112, section 6.3: a client must discard an answer of unclear length";
const CUT = "RFC 9112, section 8: without the end of the head its meaning has not been conveyed";
const PASSED_OVER = "a line that says nothing of the status takes nothing of it back";
const UNPACKED = "the body's coding says nothing of the status";

/** Both read it. */
function read(answer: string, status: number, more: Partial<AnswerForm> = {}): AnswerForm {
  return { answer, curl: status, go: status, walq: status, ...more };
}

/** Both refuse it. */
function refused(answer: string, walq: RegExp, more: Partial<AnswerForm> = {}): AnswerForm {
  return { answer, curl: "refused", go: "refused", walq, closes: true, ...more };
}

function repeat(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join("");
}

const NO_CURL = { curl: "refused" } as const;
const NO_GO = { go: "refused" } as const;
const NEITHER = { ...NO_CURL, ...NO_GO } as const;
const CLOSES = { closes: true } as const;

/** By what is special. */
export const ANSWER_FORMS: Readonly<Record<string, AnswerForm>> = {
  "a body": read(OK + BODY, 200),
  "no body": read(DONE, 204),
  // Interim answers (RFC 9110, section 15.2).
  "a 100 that nobody asked for": read(`HTTP/1.1 100 Continue\r\n\r\n${DONE}`, 204),
  "two of them": read(`${"HTTP/1.1 100 Continue\r\n\r\n".repeat(2)}${DONE}`, 204),
  "one before the request's body": read(`HTTP/1.1 100 Continue\r\n\r\n${DONE}`, 204, {
    early: true,
  }),
  "one with headers": read(`HTTP/1.1 100 Continue\r\ncontent-length: 5\r\n\r\n${DONE}`, 204),
  "one with bare line feeds": read("HTTP/1.1 100 Continue\n\nHTTP/1.1 204 No\n\n", 204),
  "a 102": read(`HTTP/1.1 102 Processing\r\n\r\n${OK}${BODY}`, 200),
  "2,000 times 103": read(
    `${"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(2000)}${OK}${BODY}`,
    200,
  ),
  "an interim answer that nobody knows": read(`HTTP/1.1 199 What\r\n\r\n${OK}${BODY}`, 200),
  "an interim answer alone": refused("HTTP/1.1 100 Continue\r\n\r\n", MIDDLE),
  "a switch to another protocol": {
    ...read("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", 101, {
      ...NO_CURL,
      ...CLOSES,
    }),
    walq: SWITCHED,
    because: "what follows is not HTTP",
  },
  // Size.
  "a header of 20 KiB": read(`${OK}x: ${"a".repeat(20 * KIB)}\r\n${BODY}`, 200),
  "a header of 90 KiB": read(`${OK}x: ${"a".repeat(90 * KIB)}\r\n${BODY}`, 200),
  "a header of 250 KiB": read(`${OK}x: ${"a".repeat(250 * KIB)}\r\n${BODY}`, 200, NO_CURL),
  "1,000 headers": read(`${OK}${repeat(1000, (i) => `x-${i}: yes\r\n`)}${BODY}`, 200),
  "10,000 headers": read(`${OK}${repeat(10_000, (i) => `x-${i}: yes, all\r\n`)}${BODY}`, 200),
  "a reason of 20,000 bytes": read(`HTTP/1.1 200 ${"a".repeat(20_000)}\r\n${BODY}`, 200),
  "a header of 2 MiB": {
    ...read(`${OK}x: ${"a".repeat(2048 * KIB)}\r\n${BODY}`, 200, NO_CURL),
    walq: TOO_LARGE,
    because: "memory is bounded",
  },
  // Length.
  "a length given twice": read(`${OK}content-length: 2\r\n${BODY}`, 200),
  "a length given twice in one header": read(`${OK}content-length: 2, 2\r\n\r\nok`, 200, NO_GO),
  "a length before chunks": read(
    `${OK}content-length: 7\r\ntransfer-encoding: chunked\r\n${CHUNKS}`,
    200,
  ),
  "a length behind chunks": read(`${CHUNKED}content-length: 2\r\n${CHUNKS}`, 200),
  "a length among spaces": read(`${OK}content-length:   2  \r\n\r\nok`, 200),
  "two lengths": {
    ...read(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok`, 200, { ...NO_GO, ...CLOSES }),
    walq: LENGTH,
    because: DISCARDED,
  },
  "a length with a sign": {
    ...read(`${OK}content-length: +2\r\n\r\nok`, 200, NO_GO),
    walq: LENGTH,
    because: DISCARDED,
  },
  "a length with letters": {
    ...read(`${OK}content-length: 2abc\r\n\r\nok`, 200, NO_GO),
    walq: LENGTH,
    because: DISCARDED,
  },
  "a length that no number holds": {
    ...read(`${OK}content-length: ${"9".repeat(30)}\r\n\r\nok`, 200, { ...NO_GO, ...CLOSES }),
    walq: LENGTH,
    because: DISCARDED,
  },
  "a length below zero": refused(`${OK}content-length: -2\r\n\r\nok`, LENGTH),
  "a length that is empty": refused(`${OK}content-length:\r\n\r\n`, LENGTH),
  "a length that is a word": refused(`${OK}content-length: abc\r\n\r\nok`, LENGTH),
  // Chunks.
  "chunks with extensions": read(`${CHUNKED}\r\n2;a=b;c="d"\r\nok\r\n0;x\r\n\r\n`, 200),
  "chunks with zeros and capitals": read(`${CHUNKED}\r\n000000A\r\n0123456789\r\n00\r\n\r\n`, 200),
  "chunks with trailers": read(`${CHUNKED}\r\n2\r\nok\r\n0\r\nx: y\r\nz: \xe9\r\n\r\n`, 200),
  "chunks with spaces": read(`${CHUNKED}\r\n2  \r\nok\r\n0\r\n\r\n`, 200),
  "chunks with bare line feeds": read(`${CHUNKED}\r\n2\nok\n0\n\n`, 200),
  "chunks that are none": read(`${CHUNKED}\r\nzzz\r\nok`, 200),
  "chunks without the last one": read(`${CHUNKED}\r\n2\r\nok\r\n`, 200, CLOSES),
  "Chunked": read(`${OK}Transfer-Encoding: Chunked\r\n${CHUNKS}`, 200),
  "chunked twice": read(`${CHUNKED}transfer-encoding: chunked\r\n${CHUNKS}`, 200, NO_GO),
  "chunked twice in one header": read(
    `${OK}transfer-encoding: chunked, chunked\r\n${CHUNKS}`,
    200,
    NO_GO,
  ),
  "chunks of HTTP/1.0": read(
    `HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n${CHUNKS}`,
    200,
    CLOSES,
  ),
  "transfer coding identity": read(`${OK}transfer-encoding: identity\r\n${BODY}`, 200, {
    ...NO_GO,
    ...CLOSES,
  }),
  "transfer coding without a name": read(`${OK}transfer-encoding:\r\n${BODY}`, 200, {
    ...NO_GO,
    ...CLOSES,
  }),
  "transfer coding gzip": {
    ...read(`${OK}transfer-encoding: gzip, chunked\r\n${CHUNKS}`, 200, NEITHER),
    because: UNPACKED,
  },
  "transfer coding that nobody knows": {
    ...read(`${OK}transfer-encoding: foo\r\n\r\nok`, 200, { ...NEITHER, ...CLOSES }),
    because: UNPACKED,
  },
  "content coding gzip that is none": read(`${OK}content-encoding: gzip\r\n${BODY}`, 200),
  "content coding that nobody knows": read(`${OK}content-encoding: foo\r\n${BODY}`, 200),
  // Lines.
  "bare line feeds": read((OK + BODY).replaceAll("\r", ""), 200),
  "some bare line feeds": read("HTTP/1.1 200 OK\ncontent-length: 2\r\nx: y\n\r\nok", 200),
  "bare carriage returns": refused("HTTP/1.1 200 OK\rcontent-length: 2\r\rok", MIDDLE),
  "an empty line at the beginning": {
    ...read(`\r\n${OK}${BODY}`, 200, NEITHER),
    because: "servers of old end a body with one (RFC 9112, section 2.2)",
  },
  "a space at the beginning": refused(` ${OK}${BODY}`, NO_HTTP),
  "byte by byte": read(`${CHUNKED}${CHUNKS}`, 200, { bytewise: true }),
  // The status line.
  "no reason and no space": read("HTTP/1.1 204\r\n\r\n", 204),
  "no reason": read("HTTP/1.1 204 \r\n\r\n", 204),
  "a reason in Latin 1": read(`HTTP/1.1 200 \xe9t\xe9\r\n${BODY}`, 200),
  "a reason with a control character": read(`HTTP/1.1 200 O\x01K\r\n${BODY}`, 200),
  "a reason with a NUL": read(`HTTP/1.1 200 O\0K\r\n${BODY}`, 200, NO_CURL),
  "two spaces": read(`HTTP/1.1  200 OK\r\n${BODY}`, 200),
  "a tab": refused(`HTTP/1.1\t200 OK\r\n${BODY}`, NO_STATUS),
  "small letters": read(`http/1.1 200 OK\r\n${BODY}`, 200, NO_GO),
  "another protocol": refused(`ICY 200 OK\r\n${BODY}`, NO_HTTP),
  "no head": refused("hello, this is HTTP/0.9", NO_HTTP),
  "four digits": refused(`HTTP/1.1 2000 OK\r\n${BODY}`, NO_STATUS),
  "two digits": refused(`HTTP/1.1 20 OK\r\n${BODY}`, NO_STATUS),
  "letters in the status": refused(`HTTP/1.1 2xx OK\r\n${BODY}`, NO_STATUS),
  "000": {
    ...refused(`HTTP/1.1 000 OK\r\n${BODY}`, NO_STATUS, { go: 0 }),
    because: "RFC 9110, section 15: a status is 100 to 599",
  },
  "299": read(`HTTP/1.1 299 OK\r\n${BODY}`, 299),
  "600": read(`HTTP/1.1 600 OK\r\n${BODY}`, 600),
  "206 that was not asked for": read(`HTTP/1.1 206 OK\r\n${BODY}`, 206),
  "205 with a body": read(`HTTP/1.1 205 OK\r\n${BODY}`, 205),
  // Versions.
  "HTTP/1.0": read(`HTTP/1.0 200 OK\r\n\r\nok`, 200, CLOSES),
  "HTTP/1.0 with a length": read(`HTTP/1.0 200 OK\r\n${BODY}`, 200),
  "HTTP/1.0 that keeps the connection": read(
    `HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n${BODY}`,
    200,
  ),
  "HTTP/1.0 without a body": read("HTTP/1.0 204 No\r\n\r\n", 204),
  "HTTP/1.2": read(`HTTP/1.2 200 OK\r\n${BODY}`, 200, NO_CURL),
  "HTTP/1.10": refused(`HTTP/1.10 200 OK\r\n${BODY}`, NO_STATUS),
  "HTTP/2.0": read(`HTTP/2.0 200 OK\r\n${BODY}`, 200),
  "HTTP/2": read(`HTTP/2 200\r\n${BODY}`, 200, NO_GO),
  // Ends.
  "a body until the end": read(`${OK}\r\nhello`, 200, CLOSES),
  "no body until the end": read(`${OK}\r\n`, 200, CLOSES),
  "a body that is cut": read(`${OK}content-length: 100\r\n\r\nbeg`, 200, CLOSES),
  "a chunk that is cut": read(`${CHUNKED}\r\n5\r\nbe`, 200, CLOSES),
  "a head that is cut behind a header": {
    ...read(`${OK}content-length: 0\r\n`, 200, { ...NO_GO, ...CLOSES }),
    walq: MIDDLE,
    because: CUT,
  },
  "a head that is cut behind its first line": {
    ...read(OK, 200, { ...NO_GO, ...CLOSES }),
    walq: MIDDLE,
    because: CUT,
  },
  "a first line that is cut": refused("HTTP/1.1 200 OK", MIDDLE),
  "nothing": refused("", NOTHING),
  "something behind a body": read(`${OK}${BODY}garbage and more`, 200),
  "something behind a 204": read(`${DONE}garbage and more`, 204),
  "another answer behind it": read(
    `${OK}${BODY}HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n`,
    200,
  ),
  "the end announced, which does not come": read(`${OK}connection: close\r\n${BODY}`, 200),
  // No body where none can be.
  "204 with a body": read("HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\nhello", 204),
  "204 with a length": read("HTTP/1.1 204 No\r\ncontent-length: 5\r\n\r\n", 204),
  "204 with a length of zero": read("HTTP/1.1 204 No\r\ncontent-length: 0\r\n\r\n", 204),
  "204 in chunks": read("HTTP/1.1 204 No\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 204),
  "304 with a length": read("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", 304),
  // Before the request is all there.
  "204 before the body": read(DONE, 204, { early: true }),
  "200 before a large body": read(OK + BODY, 200, { early: true, bodyBytes: LARGE_BODY_BYTES }),
  "204 and the end before a large body": read(
    "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n",
    204,
    { early: true, closes: true, bodyBytes: LARGE_BODY_BYTES },
  ),
  "413 and the end before a large body": read(
    "HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    413,
    { early: true, closes: true, bodyBytes: LARGE_BODY_BYTES },
  ),
  "204 before a large body that nobody reads": read(
    "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n",
    204,
    { early: true, deaf: true, bodyBytes: LARGE_BODY_BYTES },
  ),
  // Headers.
  "a folded header": read(`${OK}x: a\r\n b\r\n\tc\r\n${BODY}`, 200),
  "a folded length": read(`${OK}content-length:\r\n 2\r\n\r\nok`, 200, NO_CURL),
  "a fold at the beginning": {
    ...read(`${OK} x: a\r\n${BODY}`, 200, NEITHER),
    because: PASSED_OVER,
  },
  "a space before the colon": read(`${OK}x : a\r\n${BODY}`, 200),
  "a length with a space before the colon": read(`${OK}content-length : 2\r\n\r\nok`, 200, CLOSES),
  "no colon": { ...read(`${OK}garbage\r\n${BODY}`, 200, NEITHER), because: PASSED_OVER },
  "no name": read(`${OK}: x\r\n${BODY}`, 200, NO_GO),
  "a name with a space": read(`${OK}x y: z\r\n${BODY}`, 200),
  "a name with odd characters": read(`${OK}x(y)@[z]: z\r\n${BODY}`, 200, NO_GO),
  "a name in Latin 1": read(`${OK}x\xe9: z\r\n${BODY}`, 200, NO_GO),
  "no value": read(`${OK}x:\r\n${BODY}`, 200),
  "a value with a NUL": { ...read(`${OK}x: a\0b\r\n${BODY}`, 200, NEITHER), because: PASSED_OVER },
  "a value with control characters": read(`${OK}x: a\x01\x7fb\r\n${BODY}`, 200, NO_GO),
  "a value in Latin 1": read(`${OK}x: \xe9\xff\r\n${BODY}`, 200),
  "a value in UTF-8": read(`${OK}x: \xc3\xa9\r\n${BODY}`, 200),
  "a value with a carriage return": read(`${OK}x: a\rb\r\n${BODY}`, 200, NO_GO),
  "an upgrade that is offered": read(`${OK}connection: upgrade\r\nupgrade: h2c\r\n${BODY}`, 200),
  "a location that is none": read(`HTTP/1.1 201 Created\r\nlocation: ::no\r\n${BODY}`, 201),
  "cookies that are none": read(`${OK}set-cookie: =;;==\r\nset-cookie: \xe9\r\n${BODY}`, 200),
  "a type that is none": read(`${OK}content-type: ;;;charset=none\r\n${BODY}`, 200),
};
