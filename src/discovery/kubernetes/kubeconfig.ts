import { parse } from "yaml";
import type { ResolvedClient } from "../../options/resolved_scrape.ts";
import type { Identity } from "../../credentials.ts";
import { NO_CLIENT } from "../no_client.ts";
import { connectionBy } from "./connection_by.ts";
import { list, object, text } from "./parse.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A cluster, and who walq is before it. */
interface KubeconfigCluster {
  /** Of its API, without a slash at its end. */
  readonly server: string;
  readonly client: ResolvedClient;
}

/** Of a user who proves who it is in a way that needs a program. */
const NEEDS_PROGRAM = ["exec", "auth-provider"];

/**
 * The cluster and the user of the current context of a kubeconfig.
 *
 * @throws {Error} that says what is missing, and quotes no secret.
 */
export function readKubeconfig(source: string, path: string): KubeconfigCluster {
  const config = object(parsed(source, path));
  const fail = (what: string): never => {
    throw new Error(`the kubeconfig "${path}" ${what}`);
  };
  const find = (kind: string, name: string): Fields => {
    const entry = list(config[`${kind}s`]).map(object).find((one) => one["name"] === name);
    return entry === undefined ? fail(`has no ${kind} "${name}"`) : object(entry[kind]);
  };
  const current = text(config["current-context"]);
  if (current === "") fail("has no current-context");
  const context = find("context", current);
  const cluster = find("cluster", text(context["cluster"]));
  const name = text(context["user"]);
  const user = name === "" ? {} : find("user", name);
  const program = NEEDS_PROGRAM.find((key) => user[key] !== undefined);
  if (program !== undefined) fail(`has a user with "${program}": walq runs no programs for that`);
  const server = text(cluster["server"]);
  if (!/^https?:\/\//.test(server)) fail("has a cluster without a server");
  return { server: server.replace(/\/+$/, ""), client: clientOf(cluster, user, path) };
}

/** The parser's own messages may quote what is in the file. */
function parsed(source: string, path: string): unknown {
  try {
    return parse(source, { logLevel: "error", prettyErrors: false });
  } catch {
    throw new Error(`the kubeconfig "${path}" is no YAML`);
  }
}

function clientOf(cluster: Fields, user: Fields, path: string): ResolvedClient {
  const directory = path.slice(0, path.lastIndexOf("/") + 1);
  const file = (fields: Fields, key: string): string | undefined => {
    const name = text(fields[key]);
    if (name === "") return undefined;
    return name.startsWith("/") ? name : directory + name;
  };
  /** What is in the kubeconfig goes before what is in a file of its own. */
  const pem = (fields: Fields, key: string): { here?: string; file?: string } => {
    const data = text(fields[`${key}-data`]);
    if (data !== "") return { here: new TextDecoder().decode(bytesOf(data, `${key}-data`, path)) };
    const name = file(fields, key);
    return name === undefined ? {} : { file: name };
  };
  const ca = pem(cluster, "certificate-authority");
  const cert = pem(user, "client-certificate");
  const key = pem(user, "client-key");
  const tls = {
    ca: ca.here,
    caFile: ca.file,
    cert: cert.here,
    certFile: cert.file,
    key: key.here,
    keyFile: key.file,
    serverName: text(cluster["tls-server-name"]) || undefined,
    insecureSkipVerify: cluster["insecure-skip-tls-verify"] === true,
  };
  const identity = identityOf(user, file(user, "tokenFile"));
  return {
    ...NO_CLIENT,
    credentials: { identity, secretHeaders: [] },
    connection: connectionBy(tls, text(cluster["proxy-url"]) || undefined),
  };
}

function identityOf(user: Fields, tokenFile: string | undefined): Identity {
  const type = "Bearer";
  if (tokenFile !== undefined) {
    const token = {
      path: tokenFile,
      holds: "token" as const,
      option: ["kubernetesSdConfigs"],
      isAwaited: true as const,
    };
    return { kind: "token", type, token };
  }
  const token = text(user["token"]);
  if (token !== "") return { kind: "token", type, token };
  const [username, password] = [text(user["username"]), text(user["password"])];
  return username === "" ? { kind: "none" } : { kind: "basic", username, password };
}

function bytesOf(base64: string, key: string, path: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64.replace(/\s/g, "")), (char) => char.charCodeAt(0));
  } catch {
    throw new Error(`the kubeconfig "${path}" has a ${key} that is no base64`);
  }
}
