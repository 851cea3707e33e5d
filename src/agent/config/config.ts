import * as v from "valibot";
import { messageOf, WalqError } from "../../errors.ts";
import {
  checkSecretFiles,
  formatPath,
  type OptionIssue,
  OptionsError,
  type QueueOptions,
  type ResolvedOptions,
  resolveOptions,
} from "../../options.ts";
import type { Origin } from "./block.ts";
import { Problems, type Remark } from "./problems.ts";
import {
  readingBytesDefault,
  readingBytesMin,
  SERVER_OPTIONS,
  type ServerBlock,
  type ServerOptions,
} from "./server_options.ts";
import { applySet } from "./set.ts";
import { canReadAgain, type ConfigSource, nameOfSource, type SourceBytes } from "./source.ts";
import { directoryOf } from "./secrets.ts";
import { pathKey, translate } from "./translate.ts";
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
  return { ...config, canReadAgain: canReadAgain(source.path, isPlainFile) };
}

/** {@link loadConfig} with the text of the file at hand. */
export async function parseConfig(text: string, source: ConfigSource): Promise<Config> {
  const file = nameOfSource(source.path);
  const problems = new Problems();
  const parsed = parseYaml(text, file, problems);
  problems.throwIfAny();
  const root = rootOf(parsed!, file, problems);
  for (const setting of source.sets) applySet(root, setting, problems);
  problems.throwIfAny();

  const tools = { problems, env: source.env };
  const translated = translate(root, file, directoryOf(source.path), tools);
  const server = v.safeParse(SERVER_OPTIONS, translated.server);
  for (const { message, path } of server.issues ?? []) {
    const issue = { message, path: (path ?? []).map(({ key }) => String(key)) };
    const { place, key } = originOf(issue, translated.serverOrigins, {
      place: file,
      key: "server",
    });
    problems.add(place, `${key}: ${message}`);
  }
  let resolved: ResolvedOptions | undefined;
  try {
    resolved = resolveOptions(translated.queue);
    await checkSecretFiles(resolved, source.files);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    for (const issue of error.issues) {
      const { place, key } = originOf(issue, translated.queueOrigins, {
        place: file,
        key: "queue",
      });
      problems.add(place, `${key}: ${inFileWords(issue.message, translated.queueOrigins)}`);
    }
  }
  problems.throwIfAny();
  const { requestBytesMax } = resolved!;
  const block = server.output as ServerBlock;
  const { readingBytesMax = readingBytesDefault(requestBytesMax) } = block;
  if (readingBytesMax < readingBytesMin(requestBytesMax)) {
    const { place, key } = translated.serverOrigins.get(pathKey(["readingBytesMax"]))!;
    const message = `expected at least twice request_bytes_max (${requestBytesMax})`;
    problems.add(place, `${key}: got ${readingBytesMax}, ${message}`);
  }
  problems.throwIfAny();
  return {
    queue: translated.queue as unknown as QueueOptions,
    resolved: resolved!,
    server: { ...block, readingBytesMax },
    dataPathOrigin: originOf({ path: ["dataPath"] }, translated.queueOrigins, {
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

function toSnakeCase(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What a message calls an option, as the file calls it; what is in quotes is left alone. */
function inFileWords(message: string, origins: Map<string, Origin>): string {
  const parts = message.split(/("(?:[^"\\]|\\.)*")/);
  return parts.map((part, index) => {
    if (index % 2 === 1) return part;
    return part
      .replace(/\bendpoints\[(\d+)\]/g, (_, at: string) => {
        const origin = origins.get(pathKey(["endpoints", Number(at)]));
        return `remote_write[${at}] (${origin?.place})`;
      })
      .replace(/\bretryBackoffMax\b/g, "max_backoff")
      .replace(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, toSnakeCase);
  }).join("");
}
