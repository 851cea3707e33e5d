import type { Environment } from "./environment.ts";
import { joinKeys } from "./issues.ts";
import { hasKnownWords, hasOwnNames, isPlainName } from "./known_words.ts";
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
export function resolveReferences(
  tree: Tree,
  env: Environment,
  problems: Problems,
  key = "",
): Tree {
  if (tree.kind === "list") {
    const items = tree.items.map((item, at) =>
      resolveReferences(item, env, problems, `${key}[${at}]`)
    );
    return { ...tree, items };
  }
  if (tree.kind === "map") {
    const entries = Array.from(tree.entries, ([name, value]) => {
      const isOwn = hasOwnNames(key.replace(/^.*\./, "")) && isPlainName(name);
      const inner = joinKeys(key, isOwn || hasKnownWords(name) ? name : "");
      return [name, resolveReferences(value, env, problems, inner)] as const;
    });
    return { ...tree, entries: new Map(entries) };
  }
  return tree.text.includes("%{") ? resolveScalar(tree, env, problems, key) : tree;
}

/** The text with values in the place of references, and what is made of all that is between them. */
export function resolveText(
  text: string,
  valueOf: (name: string) => string,
  between: (text: string) => string = (text) => text,
): string {
  let out = "";
  let end = 0;
  for (const { 0: whole, 1: name = "", index } of text.matchAll(REFERENCE)) {
    out += between(text.slice(end, index));
    out += whole.startsWith("%%") ? whole.slice(1) : valueOf(name);
    end = index + whole.length;
  }
  return out + between(text.slice(end));
}

function resolveScalar(
  scalar: TreeScalar,
  env: Environment,
  problems: Problems,
  key: string,
): TreeScalar {
  let isOdd = false;
  const text = resolveText(scalar.text, (name) => {
    const value = env(name);
    if (value === undefined) {
      problems.add(scalar.place, `%{${name}}: the environment variable ${name} is not set`);
    }
    return value ?? "";
  }, (between) => {
    isOdd ||= between.includes("%{");
    return between;
  });
  if (isOdd) {
    const message = "has %{ without the name of an environment variable and a } behind it, and " +
      "is taken as it is there";
    problems.remark({ level: "warn", place: scalar.place, key, message });
  }
  if (text === scalar.text) return scalar;
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
