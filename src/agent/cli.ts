import { messageOf, WalqError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { type Args, HELP, parseArgs } from "./args.ts";
import { type Config, loadConfig } from "./config/config.ts";
import { type ConfigSource, nameOfSource } from "./config/source.ts";
import { runDemo } from "./demo/demo.ts";
import type { AgentHost } from "./host.ts";
import type { Remark } from "./config/problems.ts";
import { runAgent } from "./run.ts";
import { UsageError } from "./usage_error.ts";
import { readWebConfig } from "./web/load_web_config.ts";

/** The program. Resolves to the exit code: 0, 1 for what went wrong, 2 for a wrong command line. */
export async function main(host: AgentHost): Promise<number> {
  let args: Args;
  try {
    args = parseArgs(host.args, host.directory);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    host.err(`walq: ${error.message}`);
    host.err('Try "walq --help".');
    return 2;
  }
  try {
    return await runCommand(args, host);
  } catch (error) {
    host.err(`walq: ${explain(error)}`);
    return 1;
  }
}

async function runCommand(args: Args, host: AgentHost): Promise<number> {
  const source: ConfigSource = {
    path: args.config,
    sets: args.sets,
    settings: args.settings,
    read: host.readSource,
    env: host.env,
    host: host.platform,
  };
  switch (args.command) {
    case "help":
      host.out(HELP);
      return 0;
    case "version":
      host.out(`walq ${VERSION} on ${host.platform.name}`);
      return 0;
    case "check": {
      host.onSignal((signal) => signal === "SIGHUP" || host.exit(1));
      const purpose = args.syntaxOnly ? "check syntax" : "check";
      const config = await loadConfig({ ...source, purpose });
      const { resolved, remarks } = config;
      const web = args.syntaxOnly ? [] : await checkWeb(config, host);
      for (const { level, place, key, message } of [...remarks, ...web]) {
        host.out(`${level}: ${place}: ${key}: ${message}`);
      }
      const names = resolved.endpoints.map(({ name }) => name).join(", ") || "nobody";
      host.out(`OK: ${nameOfSource(args.config)} sends to ${names}`);
      return 0;
    }
    case "run":
      return await runAgent(source, args, host);
    case "demo":
      return await runDemo({ outage: args.outage, logFormat: args.logFormat }, host);
  }
}

/** What is to be said of the web configuration file. */
async function checkWeb(
  { server: { webConfigFile: path }, webConfigOrigin: origin }: Config,
  { platform: { files }, checkTls }: AgentHost,
): Promise<readonly Remark[]> {
  if (path === undefined) return [];
  const { config, error } = await readWebConfig(path, { files, checkTls, origin });
  if (config === undefined) throw error;
  return config.remarks;
}

/** What users can cause speaks for itself; of a bug the stack is wanted. */
function explain(error: unknown): string {
  if (error instanceof WalqError) return error.message;
  return (error instanceof Error && error.stack) || messageOf(error);
}
