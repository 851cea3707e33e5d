/** What tells endpoints on one URL apart, as the file has it: without secrets, and without their order. */
import { FILE } from "./file.ts";
import type { FileBlock } from "./file_block.ts";
import type { Tree } from "./tree.ts";
import { isNothing } from "./values.ts";

const ENDPOINTS = FILE.blocks.get("remote_write")!;

/** Secrets to walq, which shows none of them; Prometheus shows these, and tells endpoints apart by them. */
const OPEN: ReadonlySet<string> = new Set([
  "remote_write.headers",
  "remote_write.http_headers.values",
  "remote_write.basic_auth.username",
]);

/** How is sent, and not what, to whom, as who: what somebody tunes leaves the name alone. */
const TUNING: ReadonlySet<string> = new Set([
  "remote_timeout",
  "compression",
  "follow_redirects",
  "round_robin_dns",
  "tls_config",
  "proxy_url",
  "no_proxy",
  "proxy_from_environment",
  "proxy_connect_header",
  "queue_config",
  "metadata_config",
]);

/** As who, and for which tenant. */
const WHO: ReadonlySet<string> = new Set([
  "headers",
  "http_headers",
  "basic_auth",
  "authorization",
  "bearer_token",
  "bearer_token_file",
  "oauth2",
  "sigv4",
  "azuread",
]);

/** Texts that are the same where the endpoints are, from the narrowest on. */
export interface EndpointIdentity {
  /** All that the file says of it. */
  readonly whole: string;
  /** What it sends, to whom, as who. */
  readonly what: string;
  /** As who. */
  readonly who: string;
}

/** The identities of a file's endpoints, as they are filled: what is no map is none. */
export function endpointIdentities(root: Tree): readonly EndpointIdentity[] {
  const list = root.kind === "map" ? root.entries.get("remote_write") : undefined;
  if (list?.kind !== "list") return [];
  return list.items.flatMap((item) => item.kind === "map" ? [identityOf(item)] : []);
}

function identityOf(tree: Tree & { kind: "map" }): EndpointIdentity {
  const { entries } = tree;
  const { accepted = {} } = ENDPOINTS.prometheus;
  const user = userIn(entries.get("url"));
  const of = (isPart: (name: string) => boolean): string => {
    const some = new Map([...entries].filter(([name]) => isPart(name)));
    return JSON.stringify([user, openPart({ ...tree, entries: some }, ENDPOINTS)]);
  };
  return {
    whole: of(() => true),
    what: of((name) => !TUNING.has(name) && !Object.hasOwn(accepted, name)),
    who: of((name) => WHO.has(name)),
  };
}

/** The login of a URL is no part of it any more. */
function userIn(url: Tree | undefined): string {
  if (url?.kind !== "scalar") return "";
  const text = url.reference ?? url.text;
  return URL.canParse(text) ? new URL(text).username : "";
}

/** What is in a block as it is written, in an order of its own, without secrets. */
function openPart(tree: Tree, block: FileBlock): unknown {
  if (tree.kind !== "map") return written(tree);
  const parts = [...tree.entries].flatMap(([name, value]): [string, unknown][] => {
    const inner = block.blocks.get(name);
    // Of names of the user's own the next block is the same.
    if (inner?.is?.shape === "named blocks") {
      return value.kind === "map" ? [[name, sorted(value, (one) => openPart(one, inner))]] : [];
    }
    if (inner?.is?.shape === "blocks") {
      return [[
        name,
        value.kind === "list" ? value.items.map((one) => openPart(one, inner)) : null,
      ]];
    }
    if (inner !== undefined) return [[name, openPart(value, inner)]];
    return isOpen(name, block) && !isNothing(value) ? [[name, written(value)]] : [];
  });
  return parts.sort(([one], [other]) => one < other ? -1 : 1);
}

function isOpen(name: string, block: FileBlock): boolean {
  // Under another name it would be another endpoint on the same URL.
  if (block === ENDPOINTS && (name === "name" || name === "url")) return false;
  const isSecret = block.keys.get(name)?.row.kind.secret === true;
  return !isSecret || OPEN.has(`${block.path}.${name}`);
}

function written(tree: Tree): unknown {
  if (tree.kind === "list") return tree.items.map(written);
  return tree.kind === "map" ? sorted(tree, written) : tree.reference ?? tree.text;
}

function sorted(tree: Tree & { kind: "map" }, of: (tree: Tree) => unknown): unknown {
  return [...tree.entries]
    .map(([name, value]): [string, unknown] => [name, of(value)])
    .sort(([one], [other]) => one < other ? -1 : 1);
}
