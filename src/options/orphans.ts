import * as v from "valibot";
import * as limits from "../limits.ts";
import type { ResolvedEndpoint } from "./resolved.ts";
import { type Check, shown } from "./checks.ts";
import { NAME_CHECK } from "./endpoint.ts";
import { textMap } from "./headers.ts";

/** Which orphaned directory goes to which endpoint. */
export const DRAIN_ORPHANS: Check<Record<string, string>> = textMap((name, to) => {
  if (!v.safeParse(NAME_CHECK, name).success) return "not the name of an endpoint's directory";
  return typeof to === "string" ? undefined : `got ${shown(to)}, expected the name of an endpoint`;
});

/** Orphaned directories whose files are deleted. */
export const FORGET_ORPHANS: Check<string[]> = v.pipe(
  v.array(NAME_CHECK, (issue) => `got ${shown(issue.input)}, expected a list of names`),
  v.maxLength(
    limits.ORPHANS_MAX,
    (issue) => `got ${issue.input.length} names, expected at most ${limits.ORPHANS_MAX}`,
  ),
);

/** What the options say of orphans and endpoints together. */
interface Named {
  readonly endpoints: readonly ResolvedEndpoint[];
  readonly drainOrphans: Readonly<Record<string, string>>;
  readonly forgetOrphans: readonly string[];
}

/** A name is an endpoint's or an orphan's, and an orphan is drained or forgotten. */
export function orphanIssues<T extends Named>(): v.RawCheckAction<T> {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [option, key, message] of contradictions(dataset.value)) {
      const { value } = dataset;
      const input: Record<string, unknown> = { ...(value as object) };
      addIssue({
        message,
        path: [
          { type: "object", origin: "value", input, key: option, value: input[option] },
          typeof key === "number"
            ? { type: "array", origin: "value", input: [], key, value: undefined }
            : { type: "object", origin: "value", input: {}, key, value: undefined },
        ],
      });
    }
  });
}

type Contradiction = ["drainOrphans" | "forgetOrphans", string | number, string];

function* contradictions(named: Named): Generator<Contradiction> {
  const { endpoints, drainOrphans, forgetOrphans } = named;
  // Names that meet in one directory, where the file system does not tell case apart.
  const isEndpoint = (name: string): boolean =>
    endpoints.some((endpoint) => endpoint.name.toLowerCase() === name.toLowerCase());
  for (const [name, to] of Object.entries(drainOrphans)) {
    if (isEndpoint(name)) yield ["drainOrphans", name, "an endpoint has this name: no orphan"];
    if (forgetOrphans.includes(name)) {
      yield ["drainOrphans", name, "also in forgetOrphans, expected in one of them"];
    }
    if (!endpoints.some((endpoint) => endpoint.name === to)) {
      yield ["drainOrphans", name, `got ${shown(to)}, expected the name of an endpoint`];
    }
  }
  for (const [index, name] of forgetOrphans.entries()) {
    if (isEndpoint(name)) {
      yield ["forgetOrphans", index, `an endpoint is called ${shown(name)}: no orphan`];
    }
  }
}
