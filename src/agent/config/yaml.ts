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
} from "yaml";
import { messageOf } from "../../errors.ts";
import type { Problems } from "./problems.ts";

/** No configuration is larger; the parser's cost is bounded by it. */
export const CONFIG_BYTES_MAX: number = 1024 * 1024;
/** Counted after aliases are expanded: a few lines of them can stand for billions. */
const NODES_MAX = 100_000;
const DEPTH_MAX = 32;

/** Of these the parser's message quotes the source, where a password can stand. */
const OWN_MESSAGES: ReadonlyMap<string, string> = new Map([
  ["TAG_RESOLVE_FAILED", 'unknown tag: a text that starts with "!" needs quotes'],
  ["BAD_ALIAS", 'no alias: a text that starts with "*" or "&" needs quotes'],
  ["UNEXPECTED_TOKEN", "unexpected content, which may need quotes"],
  ["BAD_DIRECTIVE", 'not a directive: a text that starts with "%" needs quotes'],
  ["BAD_DQ_ESCAPE", "unknown escape sequence in double quotes"],
  ["DUPLICATE_KEY", "a key is given twice in one map"],
]);

/** A value of the configuration, and where it was written: "walq.yaml:12" or "--set server.listen". */
export type Tree = TreeMap | TreeList | TreeScalar;

export interface TreeMap {
  readonly kind: "map";
  readonly place: string;
  readonly entries: Map<string, Tree>;
}

export interface TreeList {
  readonly kind: "list";
  readonly place: string;
  readonly items: Tree[];
}

export interface TreeScalar {
  readonly kind: "scalar";
  readonly place: string;
  /** As YAML 1.2 reads it: 1 is a number. */
  readonly value: unknown;
  /** As it was written, for where a text is expected; a label may be `1`. */
  readonly text: string;
}

/** Reads YAML; whatever is wrong with it goes to `problems`. */
export function parseYaml(source: string, file: string, problems: Problems): Tree | undefined {
  const lines = new LineCounter();
  const place = (offset: number): string => `${file}:${lines.linePos(offset).line || 1}`;
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: "silent",
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
  for (const { code, pos, message } of [...document.errors, ...document.warnings]) {
    problems.add(place(pos[0]), OWN_MESSAGES.get(code) ?? message);
  }
  if (!problems.none) return undefined;
  try {
    return new TreeBuilder(place).build(document.contents, 0, file);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    problems.add(error.place, error.message);
    return undefined;
  }
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
  #nodes = 0;

  constructor(place: (offset: number) => string) {
    this.#place = place;
  }

  build(node: ParsedNode | null, depth: number, parent: string): Tree {
    if (++this.#nodes > NODES_MAX) {
      throw new TreeError(parent, `has more than ${NODES_MAX} values, aliases expanded`);
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
    for (const { key, value } of node.items) {
      const at = this.#place((key as ParsedNode).range[0]);
      const name = String((key as Scalar).value);
      if (name === "<<") throw new TreeError(at, 'merge keys ("<<") are not supported');
      const built = this.build(value as ParsedNode | null, depth + 1, at);
      // The line of the key, where a reader looks.
      entries.set(name, { ...built, place: at });
    }
    return { kind: "map", place, entries };
  }
}

function toScalar(node: Scalar, place: string): TreeScalar {
  const { value, source } = node;
  return {
    kind: "scalar",
    place,
    value,
    text: typeof value === "string" ? value : source ?? String(value),
  };
}
