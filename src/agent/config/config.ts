import * as v from "valibot";
import { assert } from "../../assert.ts";
import { messageOf, WalqError } from "../../errors.ts";
import {
  checkAgainstHost,
  OptionsError,
  type QueueOptions,
  type ResolvedOptions,
  resolveOptions,
} from "../../options.ts";
import { FILE } from "./file.ts";
import { ownWords } from "./file_block.ts";
import type { Origin } from "./filled.ts";
import { originOf, tellIssue } from "./issues.ts";
import { directoryOf, pathKey } from "./path.ts";
import { Problems, type Remark } from "./problems.ts";
import {
  readingBytesDefault,
  readingBytesMin,
  SERVER,
  type ServerOptions,
  serverOptionsOf,
} from "./server_options.ts";
import { resolveReferences } from "./references.ts";
import { applySet, applySetting } from "./set.ts";
import { canReadAgain, type ConfigSource, nameOfSource, type SourceBytes } from "./source.ts";
import { translate } from "./translate.ts";
import type { Tree } from "./tree.ts";
import { CONFIG_BYTES_MAX, parseYaml } from "./yaml.ts";

/** Where the file's word for an option is another than the option's own. */
const WORDS = ownWords(FILE);

/** A configuration that is fine. */
export interface Config {
  readonly queue: QueueOptions;
  readonly resolved: ResolvedOptions;
  readonly server: ServerOptions;
  /** Where the data path was written, for a reload that may not change it. */
  readonly dataPathOrigin: Origin;
  /** What is to be said of it. */
  readonly remarks: readonly Remark[];
}

/** The text of a configuration. */
interface SourceText {
  readonly text: string;
  readonly isPlainFile: boolean;
}

/** A configuration that was read from its source. */
export interface LoadedConfig extends Config {
  readonly canReadAgain: boolean;
  /** What was read, to tell whether it has changed. */
  readonly text: string;
}

/**
 * Reads and checks a configuration file.
 *
 * @throws {WalqError} `INVALID_OPTIONS`: a line for each thing that is wrong, with
 * the file, its line and the key.
 */
export async function loadConfig(source: ConfigSource): Promise<LoadedConfig> {
  const { text, isPlainFile } = await readText(source);
  const config = await parseConfig(text, source);
  return {
    ...config,
    canReadAgain: canReadAgain(source.path, isPlainFile),
    text,
  };
}

/** What the source holds now. */
export async function readConfigText(source: ConfigSource): Promise<string> {
  return (await readText(source)).text;
}

/** {@link loadConfig} with the text of the file at hand. */
export async function parseConfig(text: string, source: ConfigSource): Promise<Config> {
  const file = nameOfSource(source.path);
  const problems = new Problems();
  const parsed = parseYaml(text, file, problems);
  problems.throwIfAny();
  const written = rootOf(parsed!, file, problems);
  for (const setting of source.sets) applySet(written, setting, problems);
  for (const setting of source.settings ?? []) applySetting(written, setting, problems);
  problems.throwIfAny();
  const root = resolveReferences(written, source.env, problems);
  problems.throwIfAny();

  const dependencies = { problems, env: source.env, directory: directoryOf(source.path) };
  const { queue, server } = translate(root, file, dependencies);
  const checkedServer = v.safeParse(SERVER.check, server.values);
  for (const { message, path } of checkedServer.issues ?? []) {
    const issue = { message, path: (path ?? []).map(({ key }) => String(key)) };
    tellIssue(issue, server, { top: { place: file, key: "server" }, problems, words: WORDS });
  }
  let resolved: ResolvedOptions | undefined;
  try {
    resolved = resolveOptions(queue.values);
    await checkAgainstHost(resolved, source.host);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    for (const issue of error.issues) {
      tellIssue(issue, queue, { top: { place: file, key: "queue" }, problems, words: WORDS });
    }
  }
  problems.throwIfAny();
  assert(checkedServer.success && resolved !== undefined, "what is wrong has not been told");
  const { requestBytesMax } = resolved;
  const { readingBytesMax = readingBytesDefault(requestBytesMax) } = checkedServer.output;
  if (readingBytesMax < readingBytesMin(requestBytesMax)) {
    const { place, key } = server.origins.get(pathKey(["readingBytesMax"]))!;
    const message = `expected at least twice request_bytes_max (${requestBytesMax})`;
    problems.add(place, `${key}: got ${readingBytesMax}, ${message}`);
  }
  problems.throwIfAny();
  return {
    queue: queue.values as unknown as QueueOptions,
    resolved,
    server: serverOptionsOf(checkedServer.output, readingBytesMax),
    dataPathOrigin: originOf(["dataPath"], queue.origins, {
      place: file,
      key: "queue",
    }),
    remarks: problems.remarks,
  };
}

async function readText({ read, path }: ConfigSource): Promise<SourceText> {
  const name = nameOfSource(path);
  let source: SourceBytes;
  try {
    source = await read(path, CONFIG_BYTES_MAX + 1);
  } catch (error) {
    const message = `Cannot read configuration "${name}": ${messageOf(error)}`;
    throw new WalqError("INVALID_OPTIONS", message, { cause: error });
  }
  const { bytes, isPlainFile } = source;
  if (bytes.length > CONFIG_BYTES_MAX) {
    throw new WalqError("INVALID_OPTIONS", `${name}: larger than ${CONFIG_BYTES_MAX} bytes`);
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), isPlainFile };
  } catch {
    throw new WalqError("INVALID_OPTIONS", `${name}: not UTF-8`);
  }
}

function rootOf(tree: Tree, file: string, problems: Problems): Tree & { kind: "map" } {
  if (tree.kind === "map") return tree;
  if (tree.kind !== "scalar" || tree.value !== null) {
    problems.add(tree.place, "expected a map of global, remote_write, queue and server");
  }
  return { kind: "map", place: file, entries: new Map() };
}
