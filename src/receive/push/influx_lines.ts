/**
 * Influx's line protocol, read:
 *
 *     measurement[,tag=value...] field=value[,field=value...] [timestamp]
 *
 * Each field that is a number or a boolean is a sample of `measurement_field` with the tags
 * as labels, as VictoriaMetrics names them. A line that is wrong is left out, and the first
 * one told.
 */
import { joined, labelField, SampleBytes } from "./influx_bytes.ts";
import { labelName, metricName } from "./influx_names.ts";
import { fieldValue, type Precision, timestampOf } from "./influx_value.ts";

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const BLANK = 0x20;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HASH = 0x23;

const SHOWN_BYTES = 40;
/** Heads and names that are remembered at once. */
const REMEMBERED_MAX = 4096;

/** How lines are read. */
export interface LineRules {
  readonly precision: Precision;
  /** Of lines without a timestamp. */
  readonly nowMs: number;
  /** Given to each series, in place of tags of these names. */
  readonly labels: ReadonlyMap<string, string>;
  /** Given to series that have no tag of these names. */
  readonly defaults: ReadonlyMap<string, string>;
}

/** What was read of a body. */
export interface ReadLines {
  /** Samples, as an appender writes them. */
  readonly bytes: Uint8Array;
  readonly lines: number;
  readonly wrongLines: number;
  /** What is wrong with the first of them. */
  readonly firstWrong: string | undefined;
  /** Fields that are no numbers. */
  readonly strings: number;
}

/** What stands where something else was wanted. */
class LineError extends Error {
  readonly at: number;

  constructor(at: number, wanted: string) {
    super(wanted);
    this.at = at;
  }
}

/** A series' measurement and tags, as they stand in lines. */
interface Head {
  readonly measurement: string;
  readonly labels: Uint8Array;
  /** The labels that are names of metrics, by the texts of fields. */
  readonly names: Map<string, Uint8Array>;
}

/** @throws {WalqError} `TOO_LARGE` */
export function readLines(body: Uint8Array, rules: LineRules): ReadLines {
  return new LineReader(body, rules).read();
}

class LineReader {
  readonly #body: Uint8Array;
  readonly #rules: LineRules;
  readonly #out = new SampleBytes();
  /** By their texts: the same come again and again. */
  readonly #heads = new Map<string, Head>();
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #remembered = 0;
  #at = 0;
  #strings = 0;

  constructor(body: Uint8Array, rules: LineRules) {
    this.#body = body;
    this.#rules = rules;
  }

  read(): ReadLines {
    let [lines, wrongLines, number] = [0, 0, 0];
    let firstWrong: string | undefined;
    while (this.#at < this.#body.length) {
      number++;
      const start = this.#at;
      const written = this.#out.length;
      const strings = this.#strings;
      try {
        if (this.#readLine()) lines++;
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
        lines++;
        wrongLines++;
        firstWrong ??= `line ${number}: ${this.#describe(start, error)}`;
        this.#out.cutTo(written);
        this.#strings = strings;
        this.#at = this.#endOfLine(Math.max(start, error.at)) + 1;
      }
      number += this.#feedsWithin(start, this.#at - 1);
    }
    const bytes = this.#out.finish();
    return { bytes, lines, wrongLines, firstWrong, strings: this.#strings };
  }

  /** Returns false for a line that says nothing. */
  #readLine(): boolean {
    const body = this.#body;
    while (body[this.#at] === BLANK || body[this.#at] === RETURN) this.#at++;
    const first = body[this.#at];
    if (this.#at >= body.length || first === LINE_FEED) {
      this.#at++;
      return false;
    }
    if (first === HASH) {
      this.#at = this.#endOfLine(this.#at) + 1;
      return false;
    }
    const head = this.#head();
    const fields = this.#at;
    // The timestamp stands behind the fields, which are samples of it.
    const timestampMs = this.#timestampBehind(fields);
    const end = this.#at;
    this.#at = fields;
    this.#readFields(head, timestampMs);
    this.#at = end;
    return true;
  }

  /** Reads the measurement and the tags, up to the fields. */
  #head(): Head {
    const start = this.#at;
    const end = this.#until(start, BLANK, -1);
    if (this.#body[end] !== BLANK) throw new LineError(end, "a blank and fields");
    const text = this.#text(start, end);
    let head = this.#heads.get(text);
    if (head === undefined) {
      head = this.#makeHead(start, end);
      if (++this.#remembered > REMEMBERED_MAX) this.#forget();
      this.#heads.set(text, head);
    }
    this.#at = end;
    while (this.#body[this.#at] === BLANK) this.#at++;
    return head;
  }

  #makeHead(start: number, end: number): Head {
    const measurementEnd = Math.min(end, this.#until(start, COMMA, -1));
    const measurement = unescaped(this.#text(start, measurementEnd), /\\([, ])/g);
    if (measurement === "") throw new LineError(start, "a measurement");
    const { labels, defaults } = this.#rules;
    const tags = new Map<string, string>();
    for (let at = measurementEnd; at < end;) at = this.#readTag(at + 1, end, tags);
    const all = new Map([...defaults, ...tags, ...labels]);
    const parts = [...all].filter(([, value]) => value !== "");
    return {
      measurement,
      labels: joined(parts.map(([name, value]) => labelField(name, value))),
      names: new Map(),
    };
  }

  /** A body may have as many heads as it has lines. */
  #forget(): void {
    this.#heads.clear();
    this.#remembered = 0;
  }

  /** Reads a tag; returns its end. */
  #readTag(at: number, end: number, tags: Map<string, string>): number {
    const equals = this.#until(at, EQUALS, COMMA);
    if (equals >= end || this.#body[equals] !== EQUALS) {
      throw new LineError(Math.min(equals, end), 'a tag with "=" and a value');
    }
    if (equals === at) throw new LineError(at, "the name of a tag");
    const valueEnd = Math.min(end, this.#until(equals + 1, COMMA, EQUALS));
    if (valueEnd < end && this.#body[valueEnd] === EQUALS) {
      throw new LineError(valueEnd, 'no "=" in the value of a tag but behind a backslash');
    }
    if (valueEnd === equals + 1) throw new LineError(valueEnd, "the value of a tag");
    const name = labelName(unescaped(this.#text(at, equals), KEY_ESCAPES));
    if (tags.has(name)) throw new LineError(at, `no second label ${JSON.stringify(name)}`);
    tags.set(name, unescaped(this.#text(equals + 1, valueEnd), KEY_ESCAPES));
    return valueEnd;
  }

  /** Passes over the fields and reads what is behind them; `#at` is the next line then. */
  #timestampBehind(fields: number): number {
    const body = this.#body;
    let at = fields;
    for (let isQuoted = false; at < body.length; at++) {
      const byte = body[at];
      if (isQuoted) {
        if (byte === BACKSLASH) at++;
        else if (byte === QUOTE) isQuoted = false;
      } else if (byte === BACKSLASH) at++;
      else if (byte === QUOTE && body[at - 1] === EQUALS) isQuoted = true;
      else if (byte === BLANK || byte === LINE_FEED) break;
    }
    at = Math.min(at, body.length);
    while (body[at] === BLANK) at++;
    const end = this.#endOfLine(at);
    this.#at = end + 1;
    let textEnd = end;
    while (textEnd > at && (body[textEnd - 1] === BLANK || body[textEnd - 1] === RETURN)) textEnd--;
    if (textEnd === at) return this.#rules.nowMs;
    const timestampMs = textEnd - at > 20
      ? undefined
      : timestampOf(this.#text(at, textEnd), this.#rules.precision);
    if (timestampMs === undefined) throw new LineError(at, "a timestamp or the end of the line");
    return timestampMs;
  }

  #readFields(head: Head, timestampMs: number): void {
    const body = this.#body;
    let at = this.#at;
    for (;;) {
      const equals = this.#until(at, EQUALS, COMMA);
      if (body[equals] !== EQUALS) throw new LineError(equals, 'a field with "=" and a value');
      if (equals === at) throw new LineError(at, "the name of a field");
      const field = this.#text(at, equals);
      at = equals + 1;
      if (body[at] === QUOTE) {
        at = this.#stringEnd(at);
        this.#strings++;
      } else {
        const end = this.#valueEnd(at);
        const value = fieldValue(end - at > 400 ? "" : this.#text(at, end));
        if (typeof value === "string") throw new LineError(at, value);
        this.#out.add(this.#nameOf(head, field), head.labels, value, timestampMs);
        at = end;
      }
      if (body[at] !== COMMA) break;
      at++;
    }
    const next = body[at];
    if (next === undefined || next === BLANK || next === LINE_FEED || next === RETURN) return;
    throw new LineError(at, "a comma, a blank or the end of the line");
  }

  #nameOf(head: Head, field: string): Uint8Array {
    let name = head.names.get(field);
    if (name === undefined) {
      const key = unescaped(field, KEY_ESCAPES);
      name = labelField("__name__", metricName(`${head.measurement}_${key}`));
      if (++this.#remembered > REMEMBERED_MAX) {
        this.#forget();
        head.names.clear();
      }
      head.names.set(field, name);
    }
    return name;
  }

  #valueEnd(at: number): number {
    for (; at < this.#body.length; at++) {
      const byte = this.#body[at];
      if (byte === COMMA || byte === BLANK || byte === LINE_FEED || byte === RETURN) break;
    }
    return at;
  }

  /** Behind the quote that ends a string. */
  #stringEnd(start: number): number {
    for (let at = start + 1; at < this.#body.length; at++) {
      if (this.#body[at] === BACKSLASH) at++;
      else if (this.#body[at] === QUOTE) return at + 1;
    }
    throw new LineError(start, "a string that ends with a quote");
  }

  /** The first of two bytes that has no backslash before it, or the end of the line; blanks end names, too. */
  #until(at: number, one: number, other: number): number {
    const body = this.#body;
    const start = at;
    for (; at < body.length; at++) {
      const byte = body[at];
      if (byte === LINE_FEED) return at;
      const isEnd = byte === one || byte === other || byte === BLANK;
      if (isEnd && (at === start || body[at - 1] !== BACKSLASH)) return at;
    }
    return at;
  }

  #endOfLine(at: number): number {
    const feed = this.#body.indexOf(LINE_FEED, at);
    return feed < 0 ? this.#body.length : feed;
  }

  /** Strings may have line feeds in them. */
  #feedsWithin(start: number, end: number): number {
    let feeds = 0;
    for (let at = this.#body.indexOf(LINE_FEED, start); at >= 0 && at < end;) {
      feeds++;
      at = this.#body.indexOf(LINE_FEED, at + 1);
    }
    return feeds;
  }

  #text(start: number, end: number): string {
    try {
      return this.#decoder.decode(this.#body.subarray(start, end));
    } catch {
      throw new LineError(start, "UTF-8");
    }
  }

  #describe(start: number, { at, message }: LineError): string {
    const end = this.#endOfLine(at);
    const isLong = end - at > SHOWN_BYTES;
    const text = new TextDecoder().decode(this.#body.subarray(at, isLong ? at + SHOWN_BYTES : end));
    const got = at >= end ? "the end of the line" : JSON.stringify(isLong ? `${text}...` : text);
    return `got ${got} at byte ${at - start + 1}, wanted ${message}`;
  }
}

const KEY_ESCAPES = /\\([,= ])/g;

function unescaped(text: string, escapes: RegExp): string {
  return text.includes("\\") ? text.replace(escapes, "$1") : text;
}
