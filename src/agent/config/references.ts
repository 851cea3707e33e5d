import type { Environment } from "./environment.ts";
import type { Problems } from "./problems.ts";
import type { Tree, TreeScalar } from "./tree.ts";
import { parseScalar } from "./yaml.ts";

/** `%{NAME}`, and `%%{NAME}` for the text `%{NAME}` itself. What is no name is no reference. */
const REFERENCE = /%?%\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * The same tree, with the values of environment variables in the place of `%{NAME}`: in
 * any value, also in those of secrets, and in no key. The form is vmagent's; `${NAME}`
 * is taken by rules of relabeling, whose templates it names groups in. A variable that
 * is not set is a problem: nothing starts with what was meant to be replaced.
 */
export function resolveReferences(tree: Tree, env: Environment, problems: Problems): Tree {
  const resolved = (inner: Tree): Tree => resolveReferences(inner, env, problems);
  if (tree.kind === "list") return { ...tree, items: tree.items.map(resolved) };
  if (tree.kind === "map") {
    const entries = Array.from(tree.entries, ([name, value]) => [name, resolved(value)] as const);
    return { ...tree, entries: new Map(entries) };
  }
  return tree.text.includes("%{") ? resolveScalar(tree, env, problems) : tree;
}

function resolveScalar(scalar: TreeScalar, env: Environment, problems: Problems): TreeScalar {
  const text = scalar.text.replaceAll(REFERENCE, (whole, name: string) => {
    if (whole.startsWith("%%")) return whole.slice(1);
    const value = env(name);
    if (value === undefined) {
      problems.add(scalar.place, `%{${name}}: the environment variable ${name} is not set`);
    }
    return value ?? "";
  });
  // A reference needs quotes, so what stands for it has to say itself whether it is a number.
  const { isQuoted: _, ...plain } = scalar;
  const value = parseScalar(text, scalar.place)?.value;
  return {
    ...plain,
    text,
    reference: scalar.text,
    value: typeof value === "number" ? value : text,
  };
}
