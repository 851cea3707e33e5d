import { HEADER_VALUE } from "../../credentials.ts";
import { block, optional } from "../block.ts";
import type { CheckedHttpHeader } from "../checked.ts";
import type { Broken } from "../checks.ts";
import { list, path, secretText } from "../kinds.ts";
import type { Block, Kind } from "../table.ts";
import type { HttpHeader } from "../types.ts";

const VALUES_MAX = 100;

/**
 * A header's value as it is sent, which is without the blanks at its ends; undefined for
 * what cannot be sent. It can be empty, as in Prometheus.
 */
export function headerValue(input: string): string | undefined {
  const value = input.replace(/^[\t ]+|[\t ]+$/g, "");
  return value === "" || HEADER_VALUE.test(value) ? value : undefined;
}

/** What that takes. */
export const VALUE_WANTED = "a text without control characters";

/** Values of one header, in order. */
export const HEADER_VALUES: Kind<readonly string[], readonly string[]> = list(
  secretText(VALUE_WANTED, headerValue),
  "value",
  { min: 0, max: VALUES_MAX },
);

/** The values of one header, from wherever they come. */
export const HTTP_HEADER: Block<HttpHeader, CheckedHttpHeader> = block(
  "HttpHeader",
  "The values of one header; of more than one it becomes a list, in this order.",
  {
    values: optional(HEADER_VALUES, { doc: "As they are." }),
    secrets: optional(HEADER_VALUES, { doc: "The same: walq keeps all of them secret." }),
    files: optional(list(path("file"), "path", { min: 0, max: VALUES_MAX }), {
      doc: "Files that hold a value each: as `passwordFile` of `basicAuth`.",
    }),
  },
  { rule: atLeastOne, hides: true },
);

function* atLeastOne({ values = [], secrets = [], files = [] }: CheckedHttpHeader): Generator<
  Broken
> {
  if (values.length + secrets.length + files.length > 0) return;
  yield [[], "has no value, expected one in values, secrets or files"];
}
