import { Buffer } from "node:buffer";
import type { HttpRequest } from "../../contracts.ts";
import { UnreadableAnswerError } from "../../errors.ts";
import {
  type AnswerHead,
  framingOf,
  isCoded,
  keepsConnection,
  noAnswer,
  parseStatusLine,
} from "./answer_head.ts";
import { BodyHead } from "./body_head.ts";
import { BodyStream } from "./body_stream.ts";

/** More than curl takes in one header; memory is bounded by it, not by what the endpoint sends. */
const HEAD_BYTES_MAX = 256 * 1024;
/** A chunk's size in hexadecimal, with extensions that nobody reads. */
const CHUNK_LINE_BYTES_MAX = 16 * 1024;
const LINE_FEED = 10;

/**
 * Where in an answer the next byte belongs: `size` is the line before a chunk, `gap`
 * the line end behind it, `trailer` what follows the last one, `rest` all until the
 * connection ends.
 */
type State =
  | "status"
  | "header"
  | "length"
  | "size"
  | "chunk"
  | "gap"
  | "trailer"
  | "rest"
  | "done";

/**
 * Reads the answer to one request, in pieces of any size (RFC 9112). Answers that are
 * valid are read whatever their form, and so is what is not quite valid but clear;
 * `test/contract/answer_forms.ts` has the forms, with what curl and Go make of them.
 */
export class AnswerReader {
  #state: State = "status";
  /** The line that has not ended yet. */
  #line = "";
  /** Size of the head, without interim answers. */
  #headBytes = 0;
  #hasBytes = false;
  #status = 0;
  #version = 0;
  #headers: Map<string, string> = new Map();
  #lastName = "";
  #head: AnswerHead | undefined;
  #body: BodyHead | BodyStream;
  readonly #wantsBodyOf: HttpRequest["wantsBodyOf"];
  /** What is still to come of the announced body or chunk. */
  #leftBytes = 0;
  #restBytes = 0;
  #isFollowed = false;

  /** Keeps so many bytes of the body; with `onBody` it gives all of them away, and has an error for more. */
  constructor(
    answerBytesMax: number,
    onBody?: HttpRequest["onBody"],
    wantsBodyOf?: HttpRequest["wantsBodyOf"],
  ) {
    this.#wantsBodyOf = wantsBodyOf;
    this.#body = onBody === undefined
      ? new BodyHead(answerBytesMax)
      : new BodyStream(answerBytesMax, onBody);
  }

  /** The head of the final answer, once it is there. */
  get head(): AnswerHead | undefined {
    return this.#head;
  }

  /** Something came in, whether it is an answer or not. */
  get hasBytes(): boolean {
    return this.#hasBytes;
  }

  /** All that is wanted of the answer is there. */
  get isEnough(): boolean {
    return this.#head !== undefined && (this.#body.full || this.#state === "done");
  }

  /** The answer is there to its last byte. */
  get isComplete(): boolean {
    return this.#state === "done";
  }

  /** The answer to another request can come over the same connection. */
  get keepsConnection(): boolean {
    return this.isComplete && !this.#isFollowed && this.#head !== undefined &&
      keepsConnection(this.#head);
  }

  /** Bytes of the body that came in and are not kept. */
  get restBytes(): number {
    return this.#restBytes;
  }

  /** What is kept of the body, as text. A coding that nobody asked for is not undone: it can be a bomb. */
  get text(): string {
    return this.#body.text();
  }

  /** Takes the next bytes; throws when they are no answer. */
  add(bytes: Uint8Array): void {
    this.#hasBytes ||= bytes.length > 0;
    const chunk = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < chunk.length;) at = this.#take(chunk, at);
  }

  /** The connection has ended; throws when the answer has not. */
  end(): void {
    if (this.#head !== undefined) {
      if (this.#state !== "rest") {
        this.#expectWhole("the connection was closed in the middle of it");
      }
      this.#state = "done";
    } else if (this.#hasBytes) {
      throw new Error("the connection was closed in the middle of an answer");
    } else throw new Error("the connection was closed before an answer");
  }

  /** Takes bytes from `at` on and returns where they end. */
  #take(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case "length":
      case "chunk":
        return this.#takeBody(chunk, at);
      case "rest":
        this.#keep(chunk.subarray(at));
        return chunk.length;
      case "done":
        // Nobody has asked for it, and the next answer would begin with it.
        this.#isFollowed = true;
        return chunk.length;
      default:
        return this.#takeLine(chunk, at);
    }
  }

  #takeBody(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#leftBytes);
    this.#leftBytes -= end - at;
    this.#keep(chunk.subarray(at, end));
    if (this.#leftBytes === 0) this.#state = this.#state === "chunk" ? "gap" : "done";
    return end;
  }

  #keep(bytes: Uint8Array): void {
    if (this.#body.full) this.#restBytes += bytes.length;
    else this.#body.add(bytes);
  }

  #takeLine(chunk: Buffer, at: number): number {
    const found = chunk.indexOf(LINE_FEED, at);
    const end = found < 0 ? chunk.length : found;
    const inHead = this.#state === "status" || this.#state === "header";
    if (inHead) this.#countHead(end - at);
    const text = chunk.toString("latin1", at, end);
    this.#line = this.#line === "" ? text : this.#line + text;
    if (!inHead && this.#line.length > CHUNK_LINE_BYTES_MAX) this.#breakOff();
    if (this.#state === "status") this.#checkBeginning();
    if (found < 0) return chunk.length;
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    this.#useLine(line);
    return end + 1;
  }

  #countHead(bytes: number): void {
    this.#headBytes += bytes + 1;
    if (this.#headBytes > HEAD_BYTES_MAX) {
      throw new UnreadableAnswerError(`its head has more than ${HEAD_BYTES_MAX} bytes`);
    }
  }

  /** What is not HTTP need not have lines. */
  #checkBeginning(): void {
    const line = this.#line;
    if (line.length >= 5 && !/^HTTP\//i.test(line)) {
      throw noAnswer(line);
    }
  }

  #useLine(line: string): void {
    switch (this.#state) {
      case "status":
        if (line === "") return;
        ({ status: this.#status, version: this.#version } = parseStatusLine(line));
        this.#state = "header";
        return;
      case "header":
        return line === "" ? this.#endHead() : this.#addHeader(line);
      case "size":
        return this.#beginChunk(line);
      case "gap":
        this.#state = "size";
        return;
      default:
        if (line === "") this.#state = "done";
    }
  }

  /** A line that is no header says nothing about the status, and is passed over. */
  #addHeader(line: string): void {
    const headers = this.#headers;
    if (line.startsWith(" ") || line.startsWith("\t")) {
      const value = headers.get(this.#lastName);
      if (value !== undefined) headers.set(this.#lastName, `${value} ${line.trim()}`.trim());
      return;
    }
    const colon = line.indexOf(":");
    const name = this.#lastName = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (name === "") return;
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }

  #endHead(): void {
    const headers = this.#headers;
    const header = (name: string): string | undefined => headers.get(name);
    const head = { status: this.#status, version: this.#version, headers, header };
    this.#headBytes = 0;
    this.#lastName = "";
    this.#headers = new Map();
    if (head.status === 101) {
      throw new UnreadableAnswerError("it switches to another protocol (101)");
    }
    // Interim answers say nothing of what will become of the request (RFC 9110, section 15.2).
    this.#state = "status";
    if (head.status >= 200) this.#beginBody(head);
  }

  #beginBody(head: AnswerHead): void {
    const framing = framingOf(head);
    if (this.#body instanceof BodyStream) {
      if (this.#wantsBodyOf?.(head.status) === false) this.#body = new BodyHead(0);
      else this.#body.begin(head);
    } else if (isCoded(head)) this.#body = new BodyHead(0);
    this.#head = head;
    if (framing.kind === "length") this.#leftBytes = framing.bytes;
    if (framing.kind === "chunked") this.#state = "size";
    else if (framing.kind === "close") this.#state = "rest";
    else this.#state = this.#leftBytes > 0 ? "length" : "done";
  }

  #beginChunk(line: string): void {
    const [digits = ""] = /^[0-9a-f]{1,13}(?=[\s;]|$)/i.exec(line.trim()) ?? [];
    if (digits === "") return this.#breakOff();
    this.#leftBytes = parseInt(digits, 16);
    this.#state = this.#leftBytes === 0 ? "trailer" : "chunk";
  }

  /** The status is the answer; a body that cannot be read takes nothing of it back, unless it is wanted. */
  #breakOff(): void {
    this.#expectWhole("it is sent in chunks that are none");
    this.#line = "";
    this.#isFollowed = true;
    this.#state = "done";
  }

  #expectWhole(butGot: string): void {
    if (this.#body instanceof BodyStream && this.#state !== "done") {
      throw new UnreadableAnswerError(`its body is not whole: ${butGot}`);
    }
  }
}
