import type { CommandArgs } from "../commands/command_args.ts";
import { FINE, FOUND } from "../commands/row.ts";
import { CommandOutput } from "../commands/output.ts";
import { visibleText } from "../../visible_text.ts";
import type { AgentHost } from "../host.ts";
import { UsageError } from "../usage_error.ts";
import { addressOfConfig, URL_DEFAULT } from "./address.ts";
import { ApiClient, AskError } from "./api_client.ts";
import { httpOptionsOf } from "./http_options.ts";

/** Who asks is not known, may not, or asks by a foreign name: the program answers all the same. */
const ASKS_WHO: ReadonlySet<number> = new Set([401, 403, 421, 429]);

/** `walq health`. Resolves to the exit code. */
export async function health(args: CommandArgs, host: AgentHost): Promise<number> {
  const [url, config] = [args.text("--url"), args.text("--config")];
  if (url !== undefined && config !== undefined) {
    throw new UsageError("--url and --config each say where the program is: give one of them");
  }
  const { base, unixSocket } = config === undefined
    ? { base: url ?? URL_DEFAULT }
    : await addressOfConfig(config, args, host);
  const options = await httpOptionsOf(args, host, { isOwn: config !== undefined });
  const api = new ApiClient(base, options, host, unixSocket);
  const output = new CommandOutput(host, false);
  try {
    const status = await api.statusOf("/-/healthy", args.durationMs("--timeout")!);
    const isWell = (status >= 200 && status < 300) || ASKS_WHO.has(status);
    await output.line(`${api.shown}: ${isWell ? "answers" : `answered HTTP ${status}`}`);
    return isWell ? FINE : FOUND;
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    host.err(visibleText(`walq: ${error.message}`));
    return FOUND;
  } finally {
    await api.close();
    await output.end();
  }
}
