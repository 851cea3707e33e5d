/** Fields of OTLP's JSON form: protobuf's, with ids in hexadecimal and enums as numbers. */
import { badOtlp } from "./bounds.ts";

/** A time: in whole milliseconds, and as near as a number of nanoseconds is. */
export interface OtlpTime {
  readonly timeMs: number;
  readonly timeNs: number;
}

/** An object of JSON, and where it is. */
export class JsonObject {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly where: string;

  /** @throws {WalqError} `INVALID_REQUEST` for what is no object. */
  constructor(value: unknown, where: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw badOtlp(where, nameOf(value), "an object");
    }
    this.#fields = value as Record<string, unknown>;
    this.where = where;
  }

  /** By its name in lowerCamelCase, or as protobuf has it; null is none. */
  get(name: string): unknown {
    if (Object.hasOwn(this.#fields, name)) return this.#fields[name] ?? undefined;
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return Object.hasOwn(this.#fields, snake) ? this.#fields[snake] ?? undefined : undefined;
  }

  /** Undefined where it is not there. */
  object(name: string): JsonObject | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : new JsonObject(value, this.#path(name));
  }

  /** Each element of a list that may not be there. */
  list<T>(name: string, read: (value: unknown, where: string) => T): T[] {
    const value = this.get(name);
    if (value === undefined) return [];
    const where = this.#path(name);
    if (!Array.isArray(value)) throw badOtlp(where, nameOf(value), "a list");
    return value.map((one, index) => read(one, `${where}[${index}]`));
  }

  /** The same, of objects. */
  objects<T>(name: string, read: (object: JsonObject) => T): T[] {
    return this.list(name, (value, where) => read(new JsonObject(value, where)));
  }

  text(name: string): string {
    const value = this.get(name);
    if (value === undefined) return "";
    if (typeof value === "string") return value;
    throw badOtlp(this.#path(name), nameOf(value), "a string");
  }

  bool(name: string): boolean {
    const value = this.get(name);
    if (value === undefined) return false;
    if (typeof value === "boolean") return value;
    throw badOtlp(this.#path(name), nameOf(value), "true or false");
  }

  /** Undefined where it is not there. */
  double(name: string): number | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : doubleOf(value, this.#path(name));
  }

  /** A whole number of at most 64 bits, as near as a number is; undefined where it is not there. */
  whole(name: string): number | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : wholeOf(value, this.#path(name));
  }

  /** Nanoseconds since 1970; 0 where it is not there. */
  time(name: string): OtlpTime {
    const value = this.get(name);
    if (value === undefined) return { timeMs: 0, timeNs: 0 };
    const where = this.#path(name);
    if (typeof value === "number") {
      const timeNs = wholeOf(value, where);
      // As a number it has lost its last digits: half of what it may be off is added.
      return { timeMs: Math.floor((timeNs + 128) / 1e6), timeNs };
    }
    const nanoseconds = bigOf(value, where);
    if (nanoseconds < 0n) throw badOtlp(where, nameOf(value), "nanoseconds since 1970");
    return { timeMs: Number(nanoseconds / 1_000_000n), timeNs: Number(nanoseconds) };
  }

  /** int64, exactly. */
  big(name: string): bigint {
    return bigOf(this.get(name), this.#path(name));
  }

  #path(name: string): string {
    return this.where === "" ? name : `${this.where}.${name}`;
  }
}

/** A double: also NaN and the infinities, which JSON has as texts. */
export function doubleOf(value: unknown, where: string): number {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  const isNumeric = typeof value === "string" && /^[-+]?[\d.]+(?:[eE][-+]?\d+)?$/.test(value);
  const number = isNumeric ? Number(value) : NaN;
  if (!Number.isNaN(number)) return number;
  throw badOtlp(where, nameOf(value), "a number");
}

/** 64 bits, as near as a number is. */
export function wholeOf(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 64) {
    return value;
  }
  return Number(bigOf(value, where));
}

function bigOf(value: unknown, where: string): bigint {
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 64) {
    return BigInt(value);
  }
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw badOtlp(where, nameOf(value), "a whole number of 64 bits");
}

/** What was got, short. */
export function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return value === null ? "null" : "an object";
  if (typeof value === "string") {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  }
  return value === undefined ? "nothing" : String(value);
}
