import * as v from "valibot";
import { assert } from "../../assert.ts";
import { messageOf, WalqError } from "../../errors.ts";
import { toIssue } from "../../options/resolve.ts";
import { type FileBlock, fileOf, ownWords } from "../config/file_block.ts";
import { FileReader } from "../config/file_reader.ts";
import { noOptions, type Options, type Origin } from "../config/filled.ts";
import { originOf, tellIssue } from "../config/issues.ts";
import { directoryOf, pathKey } from "../config/path.ts";
import { problemLine, Problems, type Remark } from "../config/problems.ts";
import type { Tree } from "../config/tree.ts";
import { parseYaml } from "../config/yaml.ts";
import type { FileSystem } from "../../contracts.ts";
import type { Users } from "./basic_users.ts";
import { CIPHER_SUITES, CURVES } from "./cipher_suites.ts";
import { type ServerTls, ServerTlsError } from "./server_tls.ts";
import { type CheckedRateLimit, type CheckedTlsServer, WEB } from "./web_options.ts";

/** Of the file, and of each that it names. */
const BYTES_MAX = 1024 * 1024;

/** What the web configuration file asks for, with the texts of the files that it names. */
export interface WebConfig {
  readonly tls: ServerTls | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** None for everybody. */
  readonly users: Users;
  readonly rateLimit: CheckedRateLimit | undefined;
  readonly remarks: readonly Remark[];
}

/** What it is read with. */
export interface WebDependencies {
  readonly files: Pick<FileSystem, "read">;
  /**
   * The settings with no more in them than what is used.
   *
   * @throws {ServerTlsError} for what the runtime cannot do, and for certificates that are none.
   */
  readonly checkTls: (tls: ServerTls) => ServerTls;
  /** Where the file was named. */
  readonly origin?: Origin | undefined;
}

/** A configuration, or why there is none, and the texts that say so: they tell whether anything has changed. */
export interface WebReading {
  readonly config: WebConfig | undefined;
  readonly error: WalqError | undefined;
  readonly texts: ReadonlyMap<string, string>;
}

const FILE: FileBlock = fileOf([{ place: "", table: WEB }], {});
const WORDS: ReadonlyMap<string, string> = ownWords(FILE);
/** The keys of the file, and those of the options that are paths. */
const FILE_KEYS = ["certFile", "keyFile", "clientCaFile"] as const;

/** Reads the file and what it names. Never rejects. */
export async function readWebConfig(path: string, of: WebDependencies): Promise<WebReading> {
  const texts = new Map<string, string>();
  try {
    const config = await load(path, of, texts);
    return { config, error: undefined, texts };
  } catch (error) {
    if (error instanceof WalqError) return { config: undefined, error, texts };
    throw error;
  }
}

/** The texts of the same files now. Never rejects. */
export async function readTexts(
  paths: Iterable<string>,
  { files }: WebDependencies,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const path of paths) await textOf(path, files, texts).catch(() => undefined);
  return texts;
}

async function load(
  path: string,
  { files, checkTls, origin }: WebDependencies,
  texts: Map<string, string>,
): Promise<WebConfig> {
  let source: string;
  try {
    source = await textOf(path, files, texts);
  } catch (error) {
    const message = `Cannot read web configuration "${path}": ${messageOf(error)}`;
    const told = origin === undefined
      ? message
      : problemLine(origin.place, `${origin.key}: ${message}`);
    throw new WalqError("INVALID_OPTIONS", told, { cause: error });
  }
  const problems = new Problems();
  const options = noOptions();
  const parsed = parseYaml(source, path, problems);
  problems.throwIfAny();
  const reader = new FileReader({
    problems,
    env: () => undefined,
    directory: directoryOf(path),
  });
  reader.read(rootOf(parsed!), FILE, { place: path, key: "" }, new Map([[WEB, options]]));
  passOverEmptyTls(options, problems);
  const checked = v.safeParse(WEB.check, options.values);
  const top = { place: path, key: "" };
  for (const issue of checked.issues ?? []) {
    tellIssue(toIssue(issue), options, { top, problems, words: WORDS });
  }
  problems.throwIfAny();
  assert(checked.success, "what is wrong has not been told");
  const { tlsServerConfig, httpServerConfig, basicAuthUsers, rateLimit } = checked.output;
  const said = { options, problems, path };
  const read = tlsServerConfig && await loadTls(tlsServerConfig, said, files, texts);
  problems.throwIfAny();
  const tls = read && soundTls(read, checkTls, said);
  problems.throwIfAny();
  if (httpServerConfig?.http2 === true) {
    const { place, key } = originOf(["httpServerConfig", "http2"], options.origins, top);
    problems.remark({ level: "info", place, key, message: "walq speaks HTTP/1.1" });
  }
  return {
    tls,
    headers: filledIn(httpServerConfig?.headers ?? {}),
    users: new Map(Object.entries(basicAuthUsers)),
    rateLimit: rateLimit !== undefined && rateLimit.intervalMs > 0 ? rateLimit : undefined,
    remarks: problems.remarks,
  };
}

/** As in Prometheus: a block with nothing in it is no TLS, and that is told. */
function passOverEmptyTls({ values, origins }: Options, problems: Problems): void {
  const { tlsServerConfig: tls } = values;
  if (typeof tls !== "object" || tls === null || Object.keys(tls).length > 0) return;
  delete values["tlsServerConfig"];
  const { place, key } = origins.get(pathKey(["tlsServerConfig"]))!;
  problems.remark({ level: "warn", place, key, message: "has nothing in it: there is no TLS" });
}

/** What a problem of the file is told with. */
interface Said {
  readonly options: Options;
  readonly problems: Problems;
  readonly path: string;
}

async function loadTls(
  tls: CheckedTlsServer,
  said: Said,
  files: Pick<FileSystem, "read">,
  texts: Map<string, string>,
): Promise<ServerTls> {
  const ofFiles = new Map<string, string>();
  for (const option of FILE_KEYS) {
    const path = tls[option];
    if (path === undefined) continue;
    try {
      ofFiles.set(option, await textOf(path, files, texts));
    } catch (error) {
      const { place, key } = placeOf(option, said);
      said.problems.add(place, `${key}: cannot be read: ${messageOf(error)}`);
    }
  }
  if (tls.minVersion < "TLS12") {
    const { place, key } = placeOf("minVersion", said);
    const message = `got ${tls.minVersion}, using TLS12: walq speaks no older version`;
    said.problems.remark({ level: "warn", place, key, message });
  }
  // Those of TLS 1.3 are not for choosing, in Go neither.
  const suites = tls.cipherSuites?.map((name) => CIPHER_SUITES.get(name));
  const ciphers = suites?.filter((name) => name !== undefined);
  return {
    cert: tls.cert ?? ofFiles.get("certFile") ?? "",
    key: tls.key ?? ofFiles.get("keyFile") ?? "",
    clientCa: tls.clientCa ?? ofFiles.get("clientCaFile"),
    clientAuth: tls.clientAuthType,
    allowedSans: tls.clientAllowedSans,
    minVersion: tls.minVersion === "TLS13" ? "TLSv1.3" : "TLSv1.2",
    maxVersion: tls.maxVersion === "TLS12" ? "TLSv1.2" : "TLSv1.3",
    ciphers: ciphers === undefined || ciphers.length === 0 ? undefined : ciphers,
    curves: curvesOf(tls.curvePreferences),
    prefersOwnSuites: tls.preferServerCipherSuites,
  };
}

function soundTls(
  tls: ServerTls,
  checkTls: WebDependencies["checkTls"],
  said: Said,
): ServerTls | undefined {
  try {
    return checkTls(tls);
  } catch (error) {
    if (!(error instanceof ServerTlsError)) throw error;
    const { place, key } = placeOf(error.option, said);
    said.problems.add(place, `${key}: ${error.message}`);
    return undefined;
  }
}

function curvesOf(names: readonly string[] | undefined): readonly string[] | undefined {
  if (names === undefined || names.length === 0) return undefined;
  return names.map((name) => CURVES.get(name)!);
}

/** Where an option of TLS was written; `cert` stands for its file where that is given. */
function placeOf(option: string, { options, path }: Said): { place: string; key: string } {
  const top = { place: path, key: "tls_server_config" };
  const given = [option, `${option}File`].find((one) =>
    options.origins.has(pathKey(["tlsServerConfig", one]))
  );
  return originOf(["tlsServerConfig", given ?? option], options.origins, top);
}

/** An empty file asks for nothing. */
function rootOf(tree: Tree): Tree {
  return tree.kind === "scalar" && tree.value === null
    ? { kind: "map", place: tree.place, entries: new Map() }
    : tree;
}

/** A header without a value is not set. */
function filledIn(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""));
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("not UTF-8");
  }
}

/** What cannot be read is noted as that: it may be there later. */
async function textOf(
  path: string,
  files: Pick<FileSystem, "read">,
  texts: Map<string, string>,
): Promise<string> {
  try {
    const bytes = await files.read(path, BYTES_MAX + 1);
    if (bytes.length > BYTES_MAX) throw new Error(`larger than ${BYTES_MAX} bytes`);
    const text = decoded(bytes);
    texts.set(path, text);
    return text;
  } catch (error) {
    texts.set(path, `\0${messageOf(error)}`);
    throw error;
  }
}
