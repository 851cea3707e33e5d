import * as v from "valibot";
import { messageOf, WalqError } from "../../errors.ts";
import { block } from "../../options/block.ts";
import { toIssue } from "../../options/resolve.ts";
import { resolveClient } from "../../options/resolve_client.ts";
import type { ResolvedClient } from "../../options/resolved_scrape.ts";
import type { Check } from "../../options/checks.ts";
import type { AnyBlock } from "../../options/table.ts";
import { CLIENT } from "../../options/tables/discovery/client.ts";
import { type CheckedClient, clientContradictions } from "../../options/tables/http_client.ts";
import type { CommandArgs } from "../commands/command_args.ts";
import { type FileBlock, fileOf, ownWords } from "../config/file_block.ts";
import { FileReader } from "../config/file_reader.ts";
import { noOptions, type Options } from "../config/filled.ts";
import { tellIssue } from "../config/issues.ts";
import { directoryOf } from "../config/path.ts";
import { Problems } from "../config/problems.ts";
import { parseYaml } from "../config/yaml.ts";
import type { AgentHost } from "../host.ts";
import { UsageError } from "../usage_error.ts";

const FILE_BYTES_MAX = 1024 * 1024;

/** A file for an HTTP client, as Prometheus's tools take one with `--http.config.file`. */
const TABLE: AnyBlock & { readonly check: Check<CheckedClient> } = block(
  "HttpConfig",
  "How a server is asked.",
  CLIENT,
  { rule: clientContradictions },
);
const FILE: FileBlock = fileOf([{ place: "", table: TABLE }], {});
const WORDS: ReadonlyMap<string, string> = ownWords(FILE);

/**
 * How a server is asked, by the flags and the file that they name. What is one's own on this
 * host may show any certificate.
 *
 * @throws {UsageError} for flags that go together with others only, or not.
 * @throws {WalqError} `INVALID_OPTIONS` for what is wrong in the file.
 */
export async function httpOptionsOf(
  args: CommandArgs,
  host: AgentHost,
  { isOwn = false }: { readonly isOwn?: boolean } = {},
): Promise<ResolvedClient> {
  const problems = new Problems();
  const path = args.text("--http-config");
  const options = path === undefined ? noOptions() : await readFile(path, host, problems);
  Object.assign(options.values, byFlags(args, host, options.values, isOwn));
  const checked = v.safeParse(TABLE.check, options.values);
  const top = { place: path ?? "the command line", key: "" };
  for (const issue of checked.issues ?? []) {
    tellIssue(toIssue(issue), options, { top, problems, words: WORDS });
  }
  problems.throwIfAny();
  if (!checked.success) throw new WalqError("INVALID_OPTIONS", "what is wrong was not told");
  return resolveClient(checked.output);
}

async function readFile(path: string, host: AgentHost, problems: Problems): Promise<Options> {
  let text: string;
  try {
    const { bytes } = await host.readSource(path, FILE_BYTES_MAX + 1);
    if (bytes.length > FILE_BYTES_MAX) throw new Error(`more than ${FILE_BYTES_MAX} bytes`);
    text = new TextDecoder().decode(bytes);
  } catch (error) {
    throw new WalqError("INVALID_OPTIONS", `Cannot read "${path}": ${messageOf(error)}`);
  }
  const options = noOptions();
  const parsed = parseYaml(text, path, problems);
  problems.throwIfAny();
  const reader = new FileReader({ problems, env: host.env, directory: directoryOf(path) });
  // Nothing in it is no map, and says nothing.
  const isEmpty = parsed!.kind === "scalar" && parsed!.value === null;
  if (!isEmpty) reader.read(parsed!, FILE, { place: path, key: "" }, new Map([[TABLE, options]]));
  return options;
}

/** What the flags say, in the words of the options. */
function byFlags(
  args: CommandArgs,
  host: AgentHost,
  inFile: Readonly<Record<string, unknown>>,
  isOwn: boolean,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const pathOf = (flag: string): string | undefined => {
    const path = args.text(flag);
    return path === undefined ? undefined : absolute(host.directory, path);
  };
  const [user, passwordFile] = [args.text("--user"), pathOf("--password-file")];
  if ((user === undefined) !== (passwordFile === undefined)) {
    throw new UsageError("--user and --password-file go together");
  }
  if (user !== undefined) values["basicAuth"] = { username: user, passwordFile };
  const bearerTokenFile = pathOf("--bearer-token-file");
  if (bearerTokenFile !== undefined) values["bearerTokenFile"] = bearerTokenFile;
  const caFile = pathOf("--ca-file");
  const isInsecure = isOwn || args.has("--insecure");
  if (caFile !== undefined || isInsecure) {
    const tls = inFile["tlsConfig"] as object | undefined;
    values["tlsConfig"] = {
      ...tls,
      ...(caFile !== undefined && { caFile }),
      ...(isInsecure && { insecureSkipVerify: true }),
    };
  }
  return values;
}

function absolute(directory: string, path: string): string {
  return /^([/\\]|[A-Za-z]:)/.test(path) ? path : `${directory}/${path}`;
}
