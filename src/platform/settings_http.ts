import process from "node:process";
import type { ConnectionSettings, HttpClient } from "../contracts.ts";
import { SocketHttpClient } from "./http/client.ts";
import { proxyChooser } from "./http/proxy.ts";
import { settingsDial, type SettingsDialDependencies } from "./settings_dial.ts";
import { checkTls } from "./tls_check.ts";

/**
 * A client whose connections are made by settings, and are its own.
 *
 * @throws {ConnectionSettingsError} for settings that are wrong.
 */
export function openSettingsHttp(
  settings: ConnectionSettings,
  dependencies: SettingsDialDependencies,
): HttpClient {
  const checked = checkTls(settings);
  const chooser = settings.proxy && proxyChooser(settings.proxy, (name) => process.env[name]);
  return new SocketHttpClient(settingsDial(checked, dependencies), chooser);
}
