/** Attributes of points that are read when somebody asks what they are. */
import type { Attribute } from "./attribute.ts";

/** Bytes of a request: fields that hold attributes, one behind the other. */
export class RawAttributes {
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  readonly #read: (start: number, end: number) => Attribute[];

  /** Of a reader of the request, which checks them when they are read. */
  constructor(
    { bytes, view }: Pick<RawAttributes, "bytes" | "view">,
    start: number,
    end: number,
    read: (start: number, end: number) => Attribute[],
  ) {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.end = end;
    this.#read = read;
  }

  /** @throws {WalqError} `INVALID_REQUEST`, `TOO_LARGE` */
  read(): Attribute[] {
    return this.#read(this.start, this.end);
  }
}

/** Attributes as the JSON form and the SDK have them, or those of the protobuf form. */
export type PointAttributes = readonly Attribute[] | RawAttributes;

/**
 * The attributes themselves.
 *
 * @throws {WalqError} `INVALID_REQUEST`, `TOO_LARGE`
 */
export function attributesIn(given: PointAttributes): readonly Attribute[] {
  return given instanceof RawAttributes ? given.read() : given;
}
