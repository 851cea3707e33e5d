import * as v from "valibot";
import { assert } from "../../assert.ts";
import { messageOf, WalqError } from "../../errors.ts";
import { isObject } from "../../is_object.ts";
import {
  checkAgainstHost,
  clientIssues,
  type NameValidationScheme,
  OptionsError,
  type QueueOptions,
  type ResolvedOptions,
  type ResolvedScrape,
  resolveOptions,
  type ScrapeOptions,
} from "../../options.ts";
import { toIssue } from "../../options/resolve.ts";
import { resolveScrape } from "../../options/resolve_scrape.ts";
import { type OtlpSettings, resolveOtlp } from "../../otlp/settings.ts";
import { readingBytesDefault, readingBytesMin } from "../../receive/budget.ts";
import { nameEndpoints } from "./endpoint_names.ts";
import { FILE } from "./file.ts";
import { ownWords } from "./file_block.ts";
import type { Options, Origin } from "./filled.ts";
import { originOf, tellIssue } from "./issues.ts";
import { addJobsFiles, jobsFilesText } from "./jobs_files.ts";
import { otlpOptionsOf } from "./otlp_block.ts";
import { directoryOf, pathKey } from "./path.ts";
import { Problems, type Remark } from "./problems.ts";
import {
  otlpOptionsOfServer,
  SERVER,
  type ServerOptions,
  serverOptionsOf,
} from "./server_options.ts";
import { type KnownQueues, NO_QUEUES, type QueueOwner, readQueueOwners } from "./queue_owners.ts";
import { resolveReferences } from "./references.ts";
import { applySet, applySetting } from "./set.ts";
import { canReadAgain, type ConfigSource, nameOfSource, type SourceBytes } from "./source.ts";
import { decodeText } from "./text.ts";
import { translate } from "./translate.ts";
import type { Tree } from "./tree.ts";
import { CONFIG_BYTES_MAX, parseYaml } from "./yaml.ts";

/** Where the file's word for an option is another than the option's own: for who is told of a problem. */
function words(): ReadonlyMap<string, string> {
  return knownWords ??= ownWords(FILE);
}
let knownWords: ReadonlyMap<string, string> | undefined;

/** A configuration that is fine. */
export interface Config {
  readonly queue: QueueOptions;
  readonly resolved: ResolvedOptions;
  readonly server: ServerOptions;
  /** The block that `server` is made of, as its table has it: to be shown. */
  readonly serverValues: Readonly<Record<string, unknown>>;
  /** What is scraped, also by `scrape_config_files`. */
  readonly scrape: ResolvedScrape;
  /** How metrics of OpenTelemetry become series. */
  readonly otlp: OtlpSettings;
  /** The names that endpoints were given in the file, by those of their directories, where the two differ. */
  readonly remoteNames: ReadonlyMap<string, string>;
  /** Whose the queues are of which the file has no names. */
  readonly queueOwners: readonly QueueOwner[];
  /** The same before this configuration. */
  readonly knownOwners: readonly QueueOwner[];
  /** Where the data path was written, for a reload that may not change it. */
  readonly dataPathOrigin: Origin;
  /** The same of its store. */
  readonly storeOrigin: Origin;
  /** Where the web configuration file was named, if it was. */
  readonly webConfigOrigin: Origin;
  /**
   * What the queue finds wrong with its options, by file, line and key: files that they name
   * may have changed since this was read. What is no such error stays what it is.
   */
  readonly inFileWords: (error: unknown) => unknown;
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
  // Before they are read for good: what changes meanwhile is seen at the next look.
  const more = await jobsFilesText(text, source);
  const config = await parseConfig(text, source);
  return {
    ...config,
    canReadAgain: canReadAgain(source.path, isPlainFile),
    text: text + more,
  };
}

/** What the source holds now, and the files with jobs that it names. */
export async function readConfigText(source: ConfigSource): Promise<string> {
  const { text } = await readText(source);
  return text + await jobsFilesText(text, source);
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
  const { queue, server, scrape, endpoints } = translate(root, file, dependencies);
  const { purpose = "run" } = source;
  const known = source.knownQueues ?? await lookForQueues(queue, source);
  const { written: remoteNames, owners } = nameEndpoints(endpoints, root, { problems, known });
  if (purpose !== "check syntax") await addJobsFiles(scrape, source, problems);
  const checkedServer = v.safeParse(SERVER.check, server.values);
  for (const issue of checkedServer.issues ?? []) {
    const top = { place: file, key: "server" };
    tellIssue(toIssue(issue), server, { top, problems, words: words() });
  }
  const checking = { source, problems, file };
  const resolved = await checkQueue(queue, checking);
  const names = queue.values["nameValidationScheme"] === "legacy" ? "legacy" : "utf8";
  refuseUtf8Translation(root, names, problems);
  const jobs = await checkScrape(scrape, names, checking);
  problems.throwIfAny();
  assert(
    checkedServer.success && resolved !== undefined && jobs !== undefined,
    "what is wrong has not been told",
  );
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
    serverValues: { ...checkedServer.output, readingBytesMax },
    scrape: jobs,
    otlp: resolveOtlp({ ...otlpOptionsOf(root), ...otlpOptionsOfServer(checkedServer.output) }),
    remoteNames,
    queueOwners: owners,
    knownOwners: known.owners,
    dataPathOrigin: originOf(["dataPath"], queue.origins, { place: file, key: "queue" }),
    storeOrigin: originOf(["store"], queue.origins, { place: file, key: "queue" }),
    webConfigOrigin: originOf(["webConfigFile"], server.origins, { place: file, key: "server" }),
    inFileWords: (error) => inFileWords(error, queue, file),
    remarks: problems.remarks,
  };
}

function inFileWords(error: unknown, queue: Options, file: string): unknown {
  if (!(error instanceof OptionsError)) return error;
  const problems = new Problems();
  const top = { place: file, key: "queue" };
  for (const issue of error.issues) tellIssue(issue, queue, { top, problems, words: words() });
  return problems.none ? error : problems.error;
}

/** Of a syntax alone nothing is looked at. */
async function lookForQueues(
  { values: { dataPath } }: Options,
  { purpose, host: { files } }: ConfigSource,
): Promise<KnownQueues> {
  const isSought = purpose !== "check syntax" && typeof dataPath === "string";
  return isSought ? await readQueueOwners(files, dataPath) : NO_QUEUES;
}

/** Where others send what is in the store, none are needed. */
function lacksEndpoints({ endpoints, store }: Options["values"]): boolean {
  if (isObject(store) && store["sends"] === false) return false;
  return endpoints === undefined || (Array.isArray(endpoints) && endpoints.length === 0);
}

/** Valid for an agent of Prometheus, which scrapes for nobody then: it can be checked, and not run. */
function resolveWithoutEndpoints(
  values: Options["values"],
  file: string,
  problems: Problems,
): ResolvedOptions {
  const endpoints = [{ name: "none", url: "http://localhost/" }];
  const resolved = resolveOptions({ ...values, endpoints });
  const message = "got none, and without an endpoint walq does not start";
  problems.remark({ level: "warn", place: file, key: "remote_write", message });
  return { ...resolved, endpoints: [] };
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
  return { text: decodeText(bytes, name), isPlainFile };
}

/** What a part of the file is checked with. */
interface Checking {
  readonly source: ConfigSource;
  readonly problems: Problems;
  readonly file: string;
}

/** What becomes of files that the configuration names. */
function namedFiles({ purpose }: ConfigSource): "passed over" | "looked for" {
  return purpose === "check syntax" ? "passed over" : "looked for";
}

/** The queue and its endpoints; undefined where something is wrong with them, which is told. */
async function checkQueue(
  queue: Options,
  { source, problems, file }: Checking,
): Promise<ResolvedOptions | undefined> {
  const { purpose = "run", host } = source;
  try {
    const resolved = purpose !== "run" && lacksEndpoints(queue.values)
      ? resolveWithoutEndpoints(queue.values, file, problems)
      : resolveOptions(queue.values);
    await checkAgainstHost(resolved, host, namedFiles(source));
    return resolved;
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    for (const issue of error.issues) {
      tellIssue(issue, queue, { top: { place: file, key: "queue" }, problems, words: words() });
    }
    return undefined;
  }
}

/** What is scraped; undefined where something is wrong with it, which is told. */
async function checkScrape(
  scrape: Options,
  names: NameValidationScheme,
  { source, problems, file }: Checking,
): Promise<ResolvedScrape | undefined> {
  const top = { place: file, key: "" };
  const { purpose = "run", host } = source;
  let options: ScrapeOptions;
  try {
    options = resolveScrape(scrape.values, names);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    for (const issue of error.issues) tellIssue(issue, scrape, { top, problems, words: words() });
    return undefined;
  }
  const issues = clientIssues(options.clients, host, namedFiles(source));
  for await (const { isOfFile, ...issue } of issues) {
    if (isOfFile && purpose === "run") {
      // As in Prometheus: the other jobs are scraped, and this one when the file is there.
      const { place, key } = originOf(issue.path, scrape.origins, top);
      problems.remark({ level: "warn", place, key, message: issue.message });
    } else tellIssue(issue, scrape, { top, problems, words: words() });
  }
  return options.resolved;
}

/** As Prometheus does: names that it would make are not valid. */
function refuseUtf8Translation(root: Tree, names: NameValidationScheme, problems: Problems): void {
  const otlp = root.kind === "map" ? root.entries.get("otlp") : undefined;
  const strategy = otlp?.kind === "map" ? otlp.entries.get("translation_strategy") : undefined;
  if (names !== "legacy" || strategy?.kind !== "scalar") return;
  if (strategy.text !== "NoTranslation" && strategy.text !== "NoUTF8EscapingWithSuffixes") return;
  const message = `got "${strategy.text}", expected another: names are held to "legacy"`;
  problems.add(strategy.place, `otlp.translation_strategy: ${message}`);
}

function rootOf(tree: Tree, file: string, problems: Problems): Tree & { kind: "map" } {
  if (tree.kind === "map") return tree;
  if (tree.kind !== "scalar" || tree.value !== null) {
    problems.add(tree.place, "expected a map of global, remote_write, queue and server");
  }
  return { kind: "map", place: file, entries: new Map() };
}
