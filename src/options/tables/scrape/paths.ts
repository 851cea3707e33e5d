import { path, text } from "../../kinds.ts";
import type { Kind } from "../../table.ts";

/** A path with `*` in its last part alone. */
export function globPath(): Kind<string, string> {
  return globOf('a path with "*" in its last part alone', /^(?!$)[^*\0]*(?:\*[^/\0]*)?$/);
}

/** The same for a file that a discovery reads. */
export function targetsPath(): Kind<string, string> {
  return globOf(
    'a path that ends in .json, .yml or .yaml, with "*" in its last part alone',
    /^[^*\0]*(?:\*[^/\0]*)?\.(?:json|yml|yaml|JSON|YML|YAML)$/,
  );
}

function globOf(expected: string, pattern: RegExp): Kind<string, string> {
  const { written } = path("file");
  return { ...text(expected, (input) => pattern.test(input) ? input : undefined), written };
}
