import type { CommandArgs } from "../commands/command_args.ts";
import { configSource } from "../commands/config_source.ts";
import { type Config, loadConfig } from "../config/config.ts";
import type { AgentHost } from "../host.ts";
import { isEverywhere, type ListenAddress } from "../listen_address.ts";
import { readWebConfig } from "../web/load_web_config.ts";

/** Where a program listens that was told nothing else. */
export const URL_DEFAULT = "http://127.0.0.1:9099";

/** Where to ask. */
export interface Address {
  readonly base: string;
  readonly unixSocket?: string | undefined;
}

/** Where the program of a configuration listens; with what else that says. */
export async function addressOfConfig(
  path: string,
  args: CommandArgs,
  host: AgentHost,
): Promise<Address & { readonly config: Config }> {
  const config = await loadConfig(configSource({ path, sets: args.texts("--set") }, host));
  const { server, webConfigOrigin } = config;
  const isTls = server.webConfigFile !== undefined &&
    (await readWebConfig(server.webConfigFile, {
        files: host.platform.files,
        checkTls: host.checkTls,
        origin: webConfigOrigin,
      })).config?.tls !== undefined;
  return { ...addressOf(server.addresses[0]!, isTls, server.routePrefix), config };
}

function addressOf(address: ListenAddress, isTls: boolean, prefix: string): Address {
  const scheme = isTls ? "https" : "http";
  if ("path" in address) {
    return { base: `${scheme}://localhost${prefix}`, unixSocket: address.path };
  }
  const name = isEverywhere(address.hostname) ? "127.0.0.1" : address.hostname;
  const shown = name.includes(":") ? `[${name}]` : name;
  return { base: `${scheme}://${shown}:${address.port}${prefix}` };
}
