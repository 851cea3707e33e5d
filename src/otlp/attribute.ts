/** Attributes, whatever they are of. */

/** A value of an attribute. An int64 is a bigint, as it may not fit a number; undefined is empty. */
export type AnyValue =
  | undefined
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | { readonly list: readonly AnyValue[] }
  | { readonly map: readonly Attribute[] };

/** A name with what it has. */
export interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}
