import { messageOf, WalqError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { type Args, HELP, parseArgs } from "./args.ts";
import type { ConfigSource } from "./config/source.ts";
import type { AgentHost } from "./host.ts";
import { UsageError } from "./usage_error.ts";

/**
 * The program. Each command loads what it needs, so that a version is said at once. Resolves to
 * the exit code: 0, 1 for what went wrong, 2 for a wrong command line.
 */
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
      const { check } = await import("./commands.ts");
      return await check(source, args, host);
    }
    case "run": {
      const { runAgent } = await import("./commands.ts");
      return await runAgent(source, args, host);
    }
    case "demo": {
      const { runDemo } = await import("./demo/demo.ts");
      return await runDemo({ outage: args.outage, logFormat: args.logFormat }, host);
    }
  }
}

/** What users can cause speaks for itself; of a bug the stack is wanted. */
function explain(error: unknown): string {
  if (error instanceof WalqError) return error.message;
  return (error instanceof Error && error.stack) || messageOf(error);
}
