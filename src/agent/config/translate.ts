import { nameOfTree, type Origin, type ReadBlock, readBlock, type ReadTools } from "./block.ts";
import { endpointName } from "./endpoint_name.ts";
import * as keys from "./keys.ts";
import type { Problems } from "./problems.ts";
import { takeSecret } from "./secrets.ts";
import type { Tree } from "./tree.ts";

/** The file as the options of the queue and of the server, not checked yet. */
export interface Translated {
  readonly queue: Record<string, unknown>;
  readonly server: Record<string, unknown>;
  /** Of options, by their path as `JSON.stringify` writes it. */
  readonly queueOrigins: Map<string, Origin>;
  readonly serverOrigins: Map<string, Origin>;
}

type Path = readonly (string | number)[];

/** Maps the file's keys to the options, and remembers which came from where. */
export function translate(
  root: Tree,
  file: string,
  directory: string,
  tools: ReadTools,
): Translated {
  const { problems } = tools;
  const top = readBlock(root, keys.ROOT, { place: file, key: "" }, tools);
  const within = (parent: ReadBlock, name: string, block: keys.Block): ReadBlock => {
    const key = parent.key === "" ? name : `${parent.key}.${name}`;
    return readBlock(parent.blocks.get(name), block, { place: parent.place, key }, tools);
  };
  const origins = new Map<string, Origin>();
  const global = within(top, "global", keys.GLOBAL);
  const queue = within(top, "queue", keys.QUEUE);
  const persistence = within(queue, "persistence", keys.PERSISTENCE);
  const limits = within(queue, "limits", keys.LIMITS);
  const server = within(top, "server", keys.SERVER);
  // Of the whole queue, unlike the rest of the block.
  const { nameValidationScheme, ...ofEndpoints } = global.options;
  note(origins, [], global);
  note(origins, [], queue);
  note(origins, ["persistence"], persistence);
  note(origins, ["limits"], limits);

  const endpoints: Record<string, unknown>[] = [];
  const list = top.blocks.get("remote_write");
  origins.set(pathKey(["endpoints"]), { place: list?.place ?? file, key: "remote_write" });
  for (const [index, tree] of itemsOf(list, problems).entries()) {
    const at = { place: tree.place, key: `remote_write[${index}]` };
    if (tree.kind !== "map") {
      problems.add(at.place, `${at.key}: got ${nameOfTree(tree)}, expected a map`);
      endpoints.push(standIn(index));
      continue;
    }
    const block = readBlock(tree, keys.REMOTE_WRITE, at, tools);
    const queueConfig = within(block, "queue_config", keys.QUEUE_CONFIG);
    const metadataConfig = within(block, "metadata_config", keys.METADATA_CONFIG);
    const path = ["endpoints", index];
    origins.set(pathKey(path), at);
    note(origins, path, global);
    note(origins, path, block);
    note(origins, path, queueConfig);
    note(origins, path, metadataConfig);
    const name = nameOf(block);
    if (block.origins.get("name") === undefined) {
      origins.set(pathKey([...path, "name"]), {
        place: at.place,
        key: `${at.key}.name (from its url)`,
      });
    }
    const auth = readAuth(block, within, origins, path, directory, problems);
    const { bearerToken: _, bearerTokenFile: __, ...own } = block.options;
    endpoints.push({
      ...ofEndpoints,
      ...own,
      ...queueConfig.options,
      ...metadataConfig.options,
      ...auth,
      name,
    });
  }
  const options = {
    dataPath: "data",
    ...queue.options,
    ...(nameValidationScheme === undefined ? {} : { nameValidationScheme }),
    persistence: persistence.options,
    limits: limits.options,
    endpoints,
  };
  const serverOrigins = new Map<string, Origin>();
  note(serverOrigins, [], server);
  return { queue: options, server: server.options, queueOrigins: origins, serverOrigins };
}

/** How a path is a key of a map. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

function note(origins: Map<string, Origin>, path: Path, block: ReadBlock): void {
  for (const [option, origin] of block.origins) origins.set(pathKey([...path, option]), origin);
}

function itemsOf(list: Tree | undefined, problems: Problems): readonly Tree[] {
  if (list === undefined || (list.kind === "scalar" && list.value === null)) return [];
  if (list.kind === "list") return list.items;
  problems.add(list.place, "remote_write: expected a list");
  return [];
}

/** In place of an endpoint that is none, which is told already: those behind it keep their indexes. */
function standIn(index: number): Record<string, unknown> {
  return { name: `unread-${index}`, url: "http://unread/" };
}

function nameOf(block: ReadBlock): unknown {
  const { name, url } = block.options;
  return name ?? endpointName(typeof url === "string" ? url : "");
}

/** The three ways in which Prometheus's file says who walq is; at most one may be used. */
function readAuth(
  block: ReadBlock,
  within: (parent: ReadBlock, name: string, block: keys.Block) => ReadBlock,
  origins: Map<string, Origin>,
  path: Path,
  directory: string,
  problems: Problems,
): Record<string, unknown> {
  const basic = within(block, "basic_auth", keys.BASIC_AUTH);
  const authorization = within(block, "authorization", keys.AUTHORIZATION);
  const hasToken = block.origins.has("bearerToken") || block.origins.has("bearerTokenFile");
  const given = [
    ...(block.blocks.has("basic_auth") ? ["basic_auth"] : []),
    ...(block.blocks.has("authorization") ? ["authorization"] : []),
    ...(hasToken ? ["bearer_token"] : []),
  ];
  if (given.length > 1) {
    problems.add(
      block.place,
      `${block.key}: has ${given.join(" and ")}, expected at most one of them`,
    );
    return {};
  }
  const key = (name: string): string => pathKey([...path, name]);
  if (given[0] === "basic_auth") {
    const { username } = basic.options;
    const { value: password, path: passwordFile } = takeSecret(
      basic,
      "password",
      directory,
      problems,
    );
    origins.set(key("basicAuth"), { place: basic.place, key: basic.key });
    note(origins, [...path, "basicAuth"], basic);
    return { basicAuth: { username, ...defined({ password, passwordFile }) } };
  }
  if (given[0] === "authorization") {
    const { type } = authorization.options;
    const { value, path: bearerTokenFile } = takeSecret(
      authorization,
      "credentials",
      directory,
      problems,
    );
    const { place, key: block } = authorization;
    for (const [option, name] of [["bearerToken", "credentials"], ["authorizationType", "type"]]) {
      origins.set(key(option!), { place, key: `${block}.${name}` });
    }
    const file = authorization.origins.get("credentialsFile");
    if (file !== undefined) origins.set(key("bearerTokenFile"), file);
    const bearerToken = bearerTokenFile === undefined ? value ?? null : undefined;
    return defined({ authorizationType: type, bearerToken, bearerTokenFile });
  }
  if (!hasToken) return {};
  const { value: bearerToken, path: bearerTokenFile } = takeSecret(
    block,
    "bearerToken",
    directory,
    problems,
  );
  return defined({ bearerToken, bearerTokenFile });
}

/** Without what is undefined, which the schema would take for given. */
function defined(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
