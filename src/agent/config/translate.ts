import { formatDuration, parseDuration } from "../../duration.ts";
import { ENDPOINT } from "../../options/tables/endpoint.ts";
import { HTTP } from "../../options/tables/discovery/http.ts";
import { KUBERNETES } from "../../options/tables/discovery/kubernetes.ts";
import { QUEUE } from "../../options/tables/queue.ts";
import { SCRAPE, SCRAPE_FILE } from "../../options/tables/scrape/scrape.ts";
import type { AnyBlock } from "../../options/table.ts";
import { FILE, jobsFile } from "./file.ts";
import { FileReader } from "./file_reader.ts";
import { type Filled, noOptions, type Options } from "./filled.ts";
import { pathKey } from "./path.ts";
import type { Problems } from "./problems.ts";
import type { ReadDependencies } from "./read_value.ts";
import { SERVER } from "./server_options.ts";
import type { Tree } from "./tree.ts";

/** The file as the options of the queue, of the server and of scraping, not checked yet. */
interface Translated {
  readonly queue: Options;
  readonly server: Options;
  readonly scrape: Options;
  /** Those of the queue, which may have no names yet. */
  readonly endpoints: readonly Filled[];
}

/** Maps the file's keys to the options, and remembers which came from where. */
export function translate(root: Tree, file: string, dependencies: ReadDependencies): Translated {
  const [queue, server, scrape] = [noOptions(), noOptions(), noOptions()];
  const tables = new Map<AnyBlock, Options>([
    [QUEUE, queue],
    [SERVER, server],
    [SCRAPE, scrape],
  ]);
  const reader = new FileReader(dependencies);
  reader.read(root, FILE, { place: file, key: "" }, tables);
  const endpoints = reader.filledOf(ENDPOINT);
  for (const endpoint of endpoints) {
    loginOfUrl(endpoint, "url");
    refuseOwnAuthorization(endpoint, dependencies.problems);
    boundBackoff(endpoint, dependencies.problems);
  }
  readLogins(reader);
  return { queue, server, scrape, endpoints };
}

/** The same for a file that is named in `scrape_config_files`. */
export function translateJobs(root: Tree, file: string, dependencies: ReadDependencies): Options {
  const jobs = noOptions();
  const reader = new FileReader(dependencies);
  reader.read(root, jobsFile(), { place: file, key: "" }, new Map([[SCRAPE_FILE, jobs]]));
  readLogins(reader);
  return jobs;
}

function readLogins(reader: FileReader): void {
  for (const discovery of reader.filledOf(HTTP)) loginOfUrl(discovery, "url");
  for (const discovery of reader.filledOf(KUBERNETES)) loginOfUrl(discovery, "apiServer");
}

/** As in Prometheus: a login has keys of its own, whose values are read again and never shown. */
function refuseOwnAuthorization({ path, values, of }: Filled, problems: Problems): void {
  const { headers } = values;
  if (typeof headers !== "object" || headers === null) return;
  if (!Object.keys(headers).some((name) => name.toLowerCase() === "authorization")) return;
  const { place, key } = of.origins.get(pathKey([...path, "headers"]))!;
  const ways = "basic_auth, authorization, oauth2, sigv4 and azuread";
  problems.add(place, `${key}: has Authorization, expected one of ${ways} for it`);
}

/** Prometheus takes a first wait that is over the longest, and walq a default that is: then all waits are the longest. */
function boundBackoff({ values, given, at }: Filled, problems: Problems): void {
  const own = given.get("retryBackoff");
  const { place, key } = own ?? given.get("retryBackoffMax") ?? at;
  // By its other name it is walq's own, which has no file to run unchanged.
  if (own !== undefined && !own.key.endsWith(".min_backoff")) return;
  const [first, longest] = (["retryBackoff", "retryBackoffMax"] as const).map((option) => {
    const value = values[option] ?? ENDPOINT.rows[option]!.default;
    return typeof value === "string" ? parseDuration(value) : undefined;
  });
  if (first === undefined || longest === undefined || first <= longest) return;
  values["retryBackoff"] = formatDuration(longest);
  const message = own === undefined
    ? `using it as the first wait too, which is ${formatDuration(first)} by default`
    : `got ${formatDuration(first)}, using ${formatDuration(longest)}: it is over max_backoff`;
  problems.remark({ level: "warn", place, key, message });
}

/** The options that say who asks, in one way each. */
const LOGINS = ["basicAuth", "authorizationType", "bearerToken", "bearerTokenFile"] as const;

/** Go's client takes user name and password of a URL for basic authentication, where there is no other. */
function loginOfUrl({ path, values, of }: Filled, option: string): void {
  const { [option]: text } = values;
  if (typeof text !== "string" || !URL.canParse(text)) return;
  const url = new URL(text);
  const { username, password } = url;
  if (username === "" || LOGINS.some((login) => values[login] !== undefined)) return;
  const login = { username: decoded(username), password: decoded(password) };
  // What cannot be decoded is left in the URL, which is refused for it.
  if (login.username === undefined || login.password === undefined) return;
  url.username = "";
  url.password = "";
  values[option] = url.href;
  values["basicAuth"] = login;
  of.origins.set(pathKey([...path, "basicAuth"]), of.origins.get(pathKey([...path, option]))!);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
