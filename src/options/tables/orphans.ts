import * as v from "valibot";
import type { CheckedEndpointOptions } from "../checked.ts";
import { type Broken, shown, textMap } from "../checks.ts";
import { texts } from "../kinds.ts";
import type { Kind } from "../table.ts";
import { ENDPOINT_NAME } from "./endpoint.ts";

type Names = Readonly<Record<string, string>>;

/** Which orphaned directory goes to which endpoint. */
export function drains(): Kind<Names, Names> {
  return texts(textMap((name, to) => {
    if (!v.is(ENDPOINT_NAME.check, name)) return "not the name of an endpoint's directory";
    if (typeof to === "string") return undefined;
    return `got ${shown(to)}, expected the name of an endpoint`;
  }));
}

/** What the options say of orphans and endpoints together. */
interface Named {
  readonly endpoints: readonly CheckedEndpointOptions[];
  readonly drainOrphans: Names;
  readonly forgetOrphans: readonly string[];
}

/** A name is an endpoint's or an orphan's, and an orphan is drained or forgotten. */
export function* orphanContradictions(named: Named): Generator<Broken> {
  const { endpoints, drainOrphans, forgetOrphans } = named;
  // Names that meet in one directory, where the file system does not tell case apart.
  const isEndpoint = (name: string): boolean =>
    endpoints.some((endpoint) => endpoint.name.toLowerCase() === name.toLowerCase());
  for (const [name, to] of Object.entries(drainOrphans)) {
    const at = ["drainOrphans", name];
    if (isEndpoint(name)) yield [at, "an endpoint has this name: no orphan"];
    if (forgetOrphans.includes(name)) {
      yield [at, "also in forgetOrphans, expected in one of them"];
    }
    if (!endpoints.some((endpoint) => endpoint.name === to)) {
      yield [at, `got ${shown(to)}, expected the name of an endpoint`];
    }
  }
  for (const [index, name] of forgetOrphans.entries()) {
    if (!isEndpoint(name)) continue;
    yield [["forgetOrphans", index], `an endpoint is called ${shown(name)}: no orphan`];
  }
}
