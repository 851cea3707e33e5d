import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type ScalarTag,
  type Tags,
} from "yaml";
import { messageOf } from "../../errors.ts";
import type { Problems } from "./problems.ts";
import type { Tree, TreeScalar } from "./tree.ts";
import { FLAGS } from "./values.ts";
import { hintOf } from "./known_words.ts";

/** No configuration is larger; the parser's cost is bounded by it. */
export const CONFIG_BYTES_MAX: number = 16 * 1024 * 1024;
/** Counted after aliases are expanded: a few lines of them can stand for billions. */
const NODES_MAX = 1_000_000;
const DEPTH_MAX = 32;

/** In words of our own: the parser's quote the source, where a password can stand. */
const MESSAGES: ReadonlyMap<string, string> = new Map(Object.entries({
  ALIAS_PROPS: "an alias has no anchor or tag of its own",
  BAD_ALIAS: 'no alias: a text that starts with "*" or "&" needs quotes',
  BAD_COLLECTION_TYPE:
    'the tag is for another kind of value: a text that starts with "!" needs quotes',
  BAD_DIRECTIVE: 'not a directive: a text that starts with "%" needs quotes, also "%{NAME}"',
  BAD_DQ_ESCAPE: "unknown escape sequence in double quotes",
  BAD_INDENT: "wrong indentation, or a bracket that is not closed",
  BAD_PROP_ORDER: "an anchor or a tag in the wrong place",
  BAD_SCALAR_START: "a text that starts with this character needs quotes",
  BLOCK_AS_IMPLICIT_KEY:
    "a map or a list where a single value is expected: wrong indentation, or a text that needs quotes",
  BLOCK_IN_FLOW: "a map or a list over several lines within brackets",
  DUPLICATE_KEY: "a key is given twice in one map",
  KEY_OVER_1024_CHARS: "a key of more than 1024 characters",
  MISSING_CHAR:
    "a character is missing: a colon, a comma, a space after one of them, a quote or a bracket",
  MULTILINE_IMPLICIT_KEY: "a key over several lines: is a colon, or a space after one, missing?",
  MULTIPLE_ANCHORS: "more than one anchor",
  MULTIPLE_TAGS: "more than one tag",
  NON_STRING_KEY: "a key that is no text",
  RESOURCE_EXHAUSTION: "nested too deep",
  TAB_AS_INDENT: "a tab as indentation: spaces are expected",
  TAG_RESOLVE_FAILED: 'unknown tag: a text that starts with "!" needs quotes',
  UNEXPECTED_TOKEN: "unexpected content, which may need quotes",
}));

/** `!!bool yes`, as YAML 1.1 has it. */
const TRUTH: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: false,
  resolve: (text, onError) => {
    const value = FLAGS.get(text);
    if (value === undefined) onError("expected a truth value");
    return value ?? text;
  },
};

/** Reads YAML; whatever is wrong with it goes to `problems`. @param nodesMax values, with aliases expanded */
export function parseYaml(
  source: string,
  file: string,
  problems: Problems,
  nodesMax: number = NODES_MAX,
): Tree | undefined {
  const lines = new LineCounter();
  const place = (offset: number): string => `${file}:${lines.linePos(offset).line || 1}`;
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    customTags: (tags: Tags) => [...tags, TRUTH],
    // At "silent" a second document is passed over without a word.
    logLevel: "error",
  } as const;
  let document: Document.Parsed;
  try {
    document = parseDocument(source, options);
  } catch (error) {
    // Brackets nested by the thousand exhaust the parser's stack.
    problems.add(file, `cannot be read as YAML: ${messageOf(error)}`);
    return undefined;
  }
  // An unknown tag is only a warning to the parser; here nothing would come of it.
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    if (code === "MULTIPLE_DOCS") {
      tellMore(source.slice(pos[0]), place(pos[0]), problems);
      continue;
    }
    problems.add(place(pos[0]), MESSAGES.get(code) ?? "not valid YAML");
  }
  if (!problems.none) return undefined;
  try {
    const column = (offset: number): number => lines.linePos(offset).col || 1;
    return new TreeBuilder(place, column, nodesMax).build(document.contents, 0, file);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    problems.add(error.place, error.message);
    return undefined;
  }
}

/** As Prometheus does: what comes behind the first document is not even read. */
function tellMore(rest: string, place: string, problems: Problems): void {
  if (rest.split("\n").every((line) => /^(?:---|\.\.\.)?\s*(?:#.*)?$/.test(line))) return;
  const message = "this is a second document, and is passed over with all that follows: one file " +
    "is one document";
  problems.remark({ level: "warn", place, key: "---", message });
}

/** Sound YAML that the tree has no room or no meaning for. */
class TreeError extends Error {
  readonly place: string;

  constructor(place: string, message: string) {
    super(message);
    this.place = place;
  }
}

/** The scalar in the value of `--set key=value`; undefined when it is none. */
export function parseScalar(source: string, place: string): TreeScalar | undefined {
  const document = parseDocument(source, { prettyErrors: false, logLevel: "silent" });
  const { contents } = document;
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  if (contents === null) return { kind: "scalar", place, value: null, text: "" };
  return isScalar(contents) ? toScalar(contents, place) : undefined;
}

/** Makes a tree with no aliases left, within bounds. */
class TreeBuilder {
  readonly #place: (offset: number) => string;
  readonly #anchors: Map<string, ParsedNode> = new Map();
  readonly #column: (offset: number) => number;
  readonly #nodesMax: number;
  #nodes = 0;

  constructor(
    place: (offset: number) => string,
    column: (offset: number) => number,
    nodesMax: number,
  ) {
    this.#place = place;
    this.#column = column;
    this.#nodesMax = nodesMax;
  }

  build(node: ParsedNode | null, depth: number, parent: string): Tree {
    if (++this.#nodes > this.#nodesMax) {
      throw new TreeError(parent, `has more than ${this.#nodesMax} values, aliases expanded`);
    }
    if (depth > DEPTH_MAX) throw new TreeError(parent, `nested more than ${DEPTH_MAX} deep`);
    if (node === null) return { kind: "scalar", place: parent, value: null, text: "" };
    const place = this.#place(node.range[0]);
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target === undefined) {
        throw new TreeError(place, 'no such anchor: a text that starts with "*" needs quotes');
      }
      return this.build(target, depth + 1, place);
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.build(item as ParsedNode, depth + 1, place));
      return { kind: "list", place, items };
    }
    if (!isMap(node)) return toScalar(node as Scalar, place);
    const entries = new Map<string, Tree>();
    const merged: Tree[] = [];
    for (const { key, value } of node.items) {
      const [offset] = (key as ParsedNode).range;
      const at = this.#place(offset);
      const column = this.#column(offset);
      const name = nameIn(key as Scalar);
      // `{ password:hunter2 }` is a key, and nothing else.
      if (value === null) {
        throw new TreeError(at, `a key without a value at column ${column}${hintOf(name)}`);
      }
      const built = this.build(value as ParsedNode, depth + 1, at);
      if (name === "<<") {
        merged.push(built);
        continue;
      }
      // The line of the key, where a reader looks.
      entries.set(name, { ...built, place: at, column });
    }
    for (const map of merged) merge(entries, map);
    return { kind: "map", place, entries };
  }
}

/** As Prometheus reads it: nothing is an empty name, which no label and no key has. */
function nameIn({ value, type }: Scalar): string {
  const name = String(value);
  return type === "PLAIN" && /^(?:~|null|Null|NULL)$/.test(name) ? "" : name;
}

/** A merge key brings the entries of a map, or of each in a list, that are not there yet (YAML 1.1, which Prometheus reads). */
function merge(entries: Map<string, Tree>, from: Tree): void {
  for (const map of from.kind === "list" ? from.items : [from]) {
    if (map.kind !== "map") {
      throw new TreeError(
        map.place,
        'expected a map behind the merge key ("<<"), or a list of them',
      );
    }
    for (const [name, value] of map.entries) {
      if (!entries.has(name)) entries.set(name, value);
    }
  }
}

function toScalar(node: Scalar, place: string): TreeScalar {
  const { source, type, anchor } = node;
  const value = node.value instanceof Uint8Array ? textIn(node.value, place) : node.value;
  return {
    kind: "scalar",
    place,
    value,
    ...(type?.startsWith("QUOTE_") && { isQuoted: true }),
    ...(anchor !== undefined && source === "" && { isAnchor: true }),
    text: textOf(value, source),
  };
}

/** As Prometheus reads texts: `~` and `null` without quotes are empty ones. */
function textOf(value: unknown, source: string | undefined): string {
  if (value === null) return "";
  return typeof value === "string" ? value : source ?? String(value);
}

/** What a `!!binary` holds. */
function textIn(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TreeError(place, "a !!binary that holds no text in UTF-8");
  }
}
