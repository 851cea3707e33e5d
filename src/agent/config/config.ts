import * as v from "valibot";
import { assert } from "../../assert.ts";
import { messageOf, WalqError } from "../../errors.ts";
import {
  checkConnections,
  checkRuntime,
  checkSecretFiles,
  formatPath,
  type OptionIssue,
  OptionsError,
  type QueueOptions,
  type ResolvedOptions,
  resolveOptions,
} from "../../options.ts";
import { toSnakeCase } from "../../options/block.ts";
import { FILE } from "./file.ts";
import { ownWords } from "./file_block.ts";
import type { Options, Origin } from "./filled.ts";
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
    tell(issue, server, { place: file, key: "server" }, problems);
  }
  let resolved: ResolvedOptions | undefined;
  try {
    resolved = resolveOptions(queue.values);
    checkRuntime(resolved, source.runtime);
    await checkSecretFiles(resolved, source.files);
    await checkConnections(resolved, source);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    for (const issue of error.issues) tell(issue, queue, { place: file, key: "queue" }, problems);
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
    dataPathOrigin: originOf({ path: ["dataPath"] }, queue.origins, {
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

/** An issue that was not told before, by its place in the file and in the file's words. */
function tell(issue: OptionIssue, options: Options, top: Origin, problems: Problems): void {
  if (options.told.has(pathKey(issue.path))) return;
  const { place, key } = originOf(issue, options.origins, top);
  problems.add(place, `${key}: ${inFileWords(issue.message, options.origins)}`);
}

/** Where an option, or the nearest thing around it, was written. */
function originOf(
  issue: Pick<OptionIssue, "path">,
  origins: Map<string, Origin>,
  top: Origin,
): Origin {
  for (let length = issue.path.length; length > 0; length--) {
    const origin = origins.get(pathKey(issue.path.slice(0, length)));
    if (origin === undefined) continue;
    const rest = issue.path.slice(length).map((step, depth) =>
      depth === 0 && typeof step === "string" && isOption(step) ? toSnakeCase(step) : step
    );
    const inner = formatPath(rest);
    return { place: origin.place, key: joinKeys(origin.key, inner) };
  }
  return {
    place: top.place,
    key: joinKeys(
      top.key,
      formatPath(issue.path.map((step) => typeof step === "string" ? toSnakeCase(step) : step)),
    ),
  };
}

/** Labels and headers are the user's own words; options are camelCase letters. */
function isOption(step: string): boolean {
  return /^[a-z][A-Za-z]*$/.test(step);
}

function joinKeys(outer: string, inner: string): string {
  return inner === "" || inner.startsWith("[") ? outer + inner : `${outer}.${inner}`;
}

/** Where the file's word for an option is another than the option's own. */
const WORDS = ownWords(FILE);

/** What a message calls an option, as the file calls it; what is in quotes is left alone. */
function inFileWords(message: string, origins: Map<string, Origin>): string {
  const parts = message.split(/("(?:[^"\\]|\\.)*")/);
  return parts.map((part, index) => {
    if (index % 2 === 1) return part;
    return part
      .replace(/\bendpoints\[(\d+)\]/g, (_, at: string) => {
        const origin = origins.get(pathKey(["endpoints", Number(at)]));
        return `${origin?.key} (${origin?.place})`;
      })
      .replace(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, (name) => WORDS.get(name) ?? toSnakeCase(name));
  }).join("");
}
