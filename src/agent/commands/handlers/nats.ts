/** `walq nats init|check`. */
import type { StreamUse } from "../../../contracts.ts";
import { messageOf, WalqError } from "../../../errors.ts";
import { examineStream, type StreamReport } from "../../../jetstream/examine_stream.ts";
import { faultWords } from "../../../jetstream/open_stream.ts";
import { silentLogger } from "../../../logger.ts";
import { OptionsError, type ResolvedStream, resolveStore } from "../../../options.ts";
import { toSnakeCase } from "../../../options/block.ts";
import { streamUrl } from "../../../stream_url.ts";
import { VERSION } from "../../../version.ts";
import { loadConfig } from "../../config/config.ts";
import type { AgentHost } from "../../host.ts";
import { UsageError } from "../../usage_error.ts";
import type { CommandArgs } from "../command_args.ts";
import { configSource } from "../config_source.ts";
import { CommandOutput } from "../output.ts";
import { FINE, FOUND } from "../row.ts";

/** A stream, and what it is for. */
interface Wanted {
  /** As the file calls it: `queue.store`, or an endpoint. */
  readonly of: string;
  readonly stream: ResolvedStream;
  /** Undefined where nobody says it. */
  readonly use: StreamUse | undefined;
}

/** What came of one. */
interface Examined extends Partial<StreamReport> {
  readonly of: string;
  readonly url: string;
  readonly isUsable: boolean;
  /** Why its servers could not be asked. */
  readonly error?: string;
}

/** Resolves to the exit code. */
export async function nats(args: CommandArgs, host: AgentHost): Promise<number> {
  const [action] = args.positionals;
  if (action !== "init" && action !== "check") {
    throw new UsageError("nats: expected init or check");
  }
  const output = CommandOutput.of(args, host);
  const all = await wantedBy(args, host);
  const examined: Examined[] = [];
  for (const one of all) examined.push(await examine(one, host, action === "init"));
  if (output.isJson) {
    await output.json({ streams: examined });
  } else {
    for (const one of examined) await output.lines(linesOf(one));
  }
  await output.end();
  return examined.every(({ isUsable }) => isUsable) ? FINE : FOUND;
}

async function examine(
  { of, stream, use }: Wanted,
  { platform }: AgentHost,
  makes: boolean,
): Promise<Examined> {
  const url = streamUrl(stream);
  const dependencies = { platform, logger: silentLogger, clientName: `walq nats ${VERSION}` };
  try {
    const report = await examineStream(stream, dependencies, { makes, use });
    const isUsable = report.problems.length === 0 && !report.faults.some(({ isFatal }) => isFatal);
    return { of, url, isUsable, ...report };
  } catch (error) {
    if (!(error instanceof WalqError)) throw error;
    return { of, url, isUsable: false, error: messageOf(error) };
  }
}

function linesOf({ of, url, isUsable, error, ...report }: Examined): string[] {
  const { made = [], faults = [], problems = [], missingToSend = [], partitions } = report;
  const head = `${url} (${of}): ${isUsable ? "OK" : "cannot be used"}`;
  if (error !== undefined) return [head, `  error: ${error}`];
  return [
    head,
    ...made.map((name) => `  made: the stream ${name}`),
    // Of one that cannot be used nobody looked.
    ...faults.some(({ isFatal }) => isFatal)
      ? []
      : [`  partitions: ${partitions ?? "not written down yet: init does it, or the first queue"}`],
    ...faults.map((fault) => `  ${fault.isFatal ? "error" : "differs"}: ${faultWords(fault)}`),
    ...problems.map((problem) => `  error: ${problem}`),
    ...missingToSend.length === 0
      ? []
      : [`  who asks cannot send from it: no right to publish to ${missingToSend.join(", ")}`],
  ];
}

/** @throws {UsageError} */
async function wantedBy(args: CommandArgs, host: AgentHost): Promise<readonly Wanted[]> {
  const [url, path] = [args.text("--url"), args.text("--config")];
  if ((url === undefined) === (path === undefined)) {
    throw new UsageError("nats: expected --config or --url, one of them");
  }
  if (path === undefined) {
    return [{ of: "--url", stream: streamByFlags(args), use: undefined }];
  }
  const foreign = Object.keys(OPTIONS).find((flag) => args.has(flag));
  if (foreign !== undefined || args.has("--tls")) {
    throw new UsageError(`nats: ${foreign ?? "--tls"} goes with --url: the configuration says it`);
  }
  const { resolved } = await loadConfig({
    ...configSource({ path, sets: args.texts("--set") }, host),
    purpose: "check",
  });
  const { store, endpoints } = resolved;
  const wanted = [
    ...store === undefined ? [] : [{
      of: "queue.store",
      stream: store,
      use: store.sends ? "send" as const : "bring" as const,
    }],
    ...endpoints.flatMap(({ name, stream }) =>
      stream === undefined ? [] : [{ of: `the endpoint ${name}`, stream, use: "bring" as const }]
    ),
  ];
  if (wanted.length === 0) {
    throw new WalqError(
      "INVALID_OPTIONS",
      "the configuration has no stream: neither queue.store nor an endpoint with a URL of nats",
    );
  }
  return wanted;
}

/** The options of a store by their flags. */
const OPTIONS: Readonly<Record<string, string>> = {
  "--partitions": "partitions",
  "--replicas": "replicas",
  "--max-bytes": "maxBytes",
  "--duplicate-window": "duplicateWindow",
  "--timeout": "timeout",
  "--credentials-file": "credentialsFile",
  "--nkey-seed-file": "nkeySeedFile",
  "--user": "username",
  "--password-file": "passwordFile",
  "--token-file": "tokenFile",
  "--ca-file": "tlsConfig.caFile",
  "--cert-file": "tlsConfig.certFile",
  "--key-file": "tlsConfig.keyFile",
  "--url": "url",
};
const COUNTS: ReadonlySet<string> = new Set(["--partitions", "--replicas"]);

/** @throws {UsageError} that names the flag. */
function streamByFlags(args: CommandArgs): ResolvedStream {
  const store: Record<string, unknown> = {};
  const tls: Record<string, unknown> = {};
  for (const [flag, option] of Object.entries(OPTIONS)) {
    const text = args.text(flag);
    if (text === undefined) continue;
    const value = COUNTS.has(flag) ? Number(text) : text;
    if (option.startsWith("tlsConfig.")) tls[option.slice("tlsConfig.".length)] = value;
    else store[option] = value;
  }
  const hasTls = args.has("--tls") || Object.keys(tls).length > 0;
  try {
    return resolveStore({ ...store, ...hasTls && { tlsConfig: tls } });
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    throw new UsageError(
      error.issues.map(({ path, message }) => {
        const option = path.slice(1).join(".");
        const [flag] = Object.entries(OPTIONS).find(([, name]) => name === option) ?? [];
        return `${flag ?? toSnakeCase(option)}: ${inFlags(message)}`;
      }).join("\n"),
    );
  }
}

/** What a message calls an option is a flag here. */
function inFlags(message: string): string {
  return Object.entries(OPTIONS).reduce(
    (text, [flag, option]) =>
      option === "url" || option === "timeout"
        ? text
        : text.replace(new RegExp(`\\b${option.replace(/^.*\./, "")}\\b`, "g"), flag),
    message,
  );
}
