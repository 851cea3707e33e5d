import type { ConfigSource, Setting } from "../config/source.ts";
import type { AgentHost } from "../host.ts";
import type { CommandArgs } from "./command_args.ts";

/** The configuration that `--config` and `--set` say, to be read in this process. */
export function sourceOf(args: CommandArgs, host: AgentHost): ConfigSource {
  return configSource({ path: args.needed("--config"), sets: args.texts("--set") }, host);
}

/** A configuration, to be read in this process. */
export function configSource(
  of: {
    readonly path: string;
    readonly sets: readonly string[];
    readonly settings?: readonly Setting[];
  },
  host: AgentHost,
): ConfigSource {
  return { settings: [], ...of, read: host.readSource, env: host.env, host: host.platform };
}
