/** Lists of target groups as files and HTTP servers have them: `[{targets: [...], labels: {...}}]`. */
import { isObject } from "../is_object.ts";
import { jsonFault } from "../json_fault.ts";
import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import type { TargetGroup } from "../contracts.ts";
import type { Labels } from "../types.ts";
import { isLabelName } from "../relabel/label_name.ts";

/** A group, before it is known where it comes from. */
export type ListedGroup = Pick<TargetGroup, "targets" | "labels">;

const DEPTH_MAX = 8;

/** @throws {TypeError} for what is no list of groups, or has more in it than groups have; it quotes no JSON. */
export function parseJsonList(text: string): readonly ListedGroup[] {
  let list: unknown;
  try {
    list = JSON.parse(text, asInGo);
  } catch (error) {
    const isNested = !(error instanceof SyntaxError);
    throw new TypeError(isNested ? "it is nested too deep" : `it is no JSON: ${jsonFault(text)}`);
  }
  return groupsOf(list);
}

/** Names of fields may have any letter case, and half of a pair of surrogates is no character. */
function asInGo(name: string, value: unknown): unknown {
  if (typeof value === "string") return wellFormed(value);
  if (!isObject(value)) return value;
  const isLabels = name.toLowerCase() === "labels";
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => {
      const isField = !isLabels && /^(?:targets|labels)$/i.test(key);
      return [isField ? key.toLowerCase() : wellFormed(key), own];
    }),
  );
}

function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\ufffd");
}

/** The same in YAML: numbers and truth values are the texts that they are written as. */
export function parseYamlList(text: string): readonly ListedGroup[] {
  const document = parseDocument(text, {
    prettyErrors: true,
    stringKeys: true,
    logLevel: "silent",
  });
  const [error] = document.errors;
  // The rest of the message shows the line.
  if (error !== undefined) throw new TypeError(error.message.split("\n")[0]!.replace(/:$/, ""));
  return groupsOf(plain(document.contents, (alias) => alias.resolve(document) ?? null, 0));
}

type Resolve = (
  alias: Extract<Node, { readonly source: string }> & { resolve(doc: unknown): Node | undefined },
) =>
  | Node
  | null;

function plain(node: Node | null, resolve: Resolve, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new TypeError("it is nested too deep");
  if (node === null) return null;
  if (isAlias(node)) return plain(resolve(node as never), resolve, depth + 1);
  if (isSeq(node)) return node.items.map((item) => plain(item as Node, resolve, depth + 1));
  if (isMap(node)) {
    const entries = new Map<string, unknown>();
    for (const { key, value } of node.items) {
      const name = String(plain(key as Node, resolve, depth + 1));
      const what = plain(value as Node | null, resolve, depth + 1);
      for (const [own, one] of name === "<<" ? entriesToMerge(what) : [[name, what] as const]) {
        // As for Prometheus, what is merged overrides nothing.
        if (entries.has(own)) throw new TypeError(`the key ${JSON.stringify(own)} comes twice`);
        entries.set(own, one);
      }
    }
    return Object.fromEntries(entries);
  }
  if (!isScalar(node)) return null;
  const { value, source } = node;
  return typeof value === "string" || value === null ? value : source ?? String(value);
}

/** Those of a map, or of several. */
function entriesToMerge(value: unknown): [string, unknown][] {
  const maps: unknown[] = Array.isArray(value) ? value : [value];
  return maps.flatMap((map) => {
    if (!isObject(map)) throw new TypeError(`got ${kindOf(map)} to be merged, expected an object`);
    return Object.entries(map);
  });
}

function groupsOf(list: unknown): readonly ListedGroup[] {
  if (list === null) return [];
  if (!Array.isArray(list)) throw new TypeError(`got ${kindOf(list)}, expected a list of groups`);
  return list.map((group, index) => groupOf(group, `group ${index + 1}`));
}

function groupOf(group: unknown, where: string): ListedGroup {
  if (!isObject(group)) throw new TypeError(`${where}: got ${kindOf(group)}, expected an object`);
  for (const key of Object.keys(group)) {
    if (key !== "targets" && key !== "labels") {
      throw new TypeError(
        `${where}: unknown key ${JSON.stringify(key)}, expected targets or labels`,
      );
    }
  }
  const { targets, labels } = group;
  return { targets: targetsOf(targets ?? [], where), labels: labelsIn(labels ?? {}, where) };
}

function targetsOf(targets: unknown, where: string): readonly Labels[] {
  if (!Array.isArray(targets)) {
    throw new TypeError(`${where}: targets is ${kindOf(targets)}, expected a list`);
  }
  return targets.map((target: unknown) => {
    if (target === null) return { __address__: "" };
    if (typeof target === "string") return { __address__: target };
    throw new TypeError(`${where}: a target is ${kindOf(target)}, expected a text`);
  });
}

function labelsIn(labels: unknown, where: string): Labels {
  if (!isObject(labels)) {
    throw new TypeError(`${where}: labels is ${kindOf(labels)}, expected an object`);
  }
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => {
      const shown = `${where}: the label ${JSON.stringify(name)}`;
      if (!isLabelName(name, "utf8")) throw new TypeError(`${shown} has a name that is none`);
      if (value === null) return [name, ""];
      if (typeof value !== "string") {
        throw new TypeError(`${shown} is ${kindOf(value)}, expected a text`);
      }
      return [name, value];
    }),
  );
}

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
