import { type Config, loadConfig } from "./config/config.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Remark } from "./config/problems.ts";
import { type ConfigSource, nameOfSource } from "./config/source.ts";
import type { AgentHost } from "./host.ts";
import { readWebConfig } from "./web/load_web_config.ts";

/** `walq check`: says what there is to say of a configuration. Resolves to the exit code. */
export async function check(
  source: ConfigSource,
  { config: path, syntaxOnly }: { readonly config: string; readonly syntaxOnly: boolean },
  host: AgentHost,
): Promise<number> {
  const config = await loadConfig({ ...source, purpose: syntaxOnly ? "check syntax" : "check" });
  const { resolved, remarks } = config;
  const web = syntaxOnly ? [] : await checkWeb(config, host);
  for (const { level, place, key, message } of [...remarks, ...web]) {
    host.out(`${level}: ${place}: ${key}: ${message}`);
  }
  host.out(`OK: ${nameOfSource(path)} ${sendsWords(resolved)}`);
  return 0;
}

function sendsWords({ endpoints, store }: ResolvedOptions): string {
  const names = endpoints.map(({ name }) => name).join(", ");
  if (store?.sends !== false) return `sends to ${names || "nobody"}`;
  const others = names === "" ? "" : `; ${names}: not sent to from here`;
  return `sends nothing itself (queue.store.sends is false): what comes in goes into the stream ` +
    `${store.stream}${others}`;
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
