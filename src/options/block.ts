import * as v from "valibot";
import { type Broken, type Check, hidden, holds, shown, strict } from "./checks.ts";
import type { AnyKind, AnyOption, Block, Kind, Option, Row, Rows, Spelling } from "./table.ts";

/** An option that has to be given. */
export function required<K extends AnyKind>(kind: K, row: Row): Option<K, "required"> {
  return { ...row, kind, presence: "required" };
}

/** An option without a default. */
export function optional<K extends AnyKind>(kind: K, row: Row): Option<K, "optional"> {
  return { ...row, kind, presence: "optional" };
}

/** An option with a default, as somebody would give it. */
export function defaulted<G, C, K extends AnyKind & Kind<G, C, "" | "Ms">>(
  kind: K & Kind<G, C, "" | "Ms">,
  value: G,
  row: Row,
): Option<K, "defaulted"> {
  return { ...row, kind, presence: "defaulted", default: value };
}

/** What more there is to a block than its rows. */
interface Extras<Checked> {
  /** Tells what is wrong between options that are each fine. */
  readonly rule?: (checked: Checked) => Iterable<Broken>;
  /** What is in it is not shown where something else is expected, nor is a key that is none. */
  readonly hides?: true;
}

/** A block by its rows. */
export function block<R extends Rows>(
  name: string,
  doc: string,
  rows: R,
  { rule, hides }: Extras<CheckedOf<R>> = {},
): Block<GivenOf<R>, CheckedOf<R>> {
  const entries = Object.entries(rows).map(([name, row]) => [name, entryOf(row)]);
  const check: Check<CheckedOf<R>> = v.pipe(
    strict(Object.fromEntries(entries), hides ? hidden : shown),
    v.transform((values) => withUnits(values, rows) as CheckedOf<R>),
  );
  return { name, doc, rows, check: rule === undefined ? check : holds(check, rule) };
}

function entryOf({ kind, presence, ...row }: AnyOption): v.GenericSchema {
  if (presence === "required") return kind.check;
  return presence === "optional"
    ? v.optional(kind.check)
    : v.optional(kind.check, row.default as never);
}

/** What an option is called once it is checked. The unit comes last, and only `Max` behind it. */
export function checkedName(name: string, { unit }: AnyKind): string {
  return name.replace(/(Max)?$/, `${unit}$1`);
}

/** Every option, under its name with the unit that it has now. */
function withUnits(values: Record<string, unknown>, rows: Rows): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, { kind }]) => [checkedName(name, kind), values[name]]),
  );
}

/** How the file calls an option; not at all, if it is of the library alone. */
export function spellingsOf(name: string, { file = toSnakeCase(name) }: Row): readonly Spelling[] {
  if (file === false) return [];
  const spellings = Array.isArray(file) ? file as readonly (string | Spelling)[] : [file];
  return spellings.map((one) => typeof one === "string" ? { key: one } : one as Spelling);
}

/** camelCase, as options are called in TypeScript, to snake_case. */
export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

type Flat<T> = { readonly [K in keyof T]: T[K] };

type GivenIn<O> = O extends { readonly kind: { readonly givenType?: infer G } } ? G : never;
type CheckedIn<O> = O extends { readonly kind: { readonly check: Check<infer C> } } ? C : never;
type UnitIn<O> = O extends { readonly kind: { readonly unit: infer U extends string } } ? U : "";

/** {@link checkedName}, for the compiler. */
type CheckedName<Name extends string, In extends string> = Name extends `${infer Start}Max`
  ? `${Start}${In}Max`
  : `${Name}${In}`;

/** What may be given, by the rows. */
type GivenOf<R extends Rows> = Flat<
  & { [K in keyof R as R[K]["presence"] extends "required" ? K : never]: GivenIn<R[K]> }
  & { [K in keyof R as R[K]["presence"] extends "required" ? never : K]?: GivenIn<R[K]> }
>;

/** What the check makes of it: each option has a value, and a number its unit. */
type CheckedOf<R extends Rows> = Flat<
  {
    [K in keyof R & string as CheckedName<K, UnitIn<R[K]>>]: R[K]["presence"] extends "optional"
      ? CheckedIn<R[K]> | undefined
      : CheckedIn<R[K]>;
  }
>;
