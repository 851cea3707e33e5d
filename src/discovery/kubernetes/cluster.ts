import type { FileSystem } from "../../contracts.ts";
import { FileSystemError, messageOf } from "../../errors.ts";
import type { KubernetesDiscovery, ResolvedClient } from "../../options/resolved_scrape.ts";
import type { DiscoveryDependencies } from "../dependencies.ts";
import { NO_CLIENT } from "../no_client.ts";
import { connectionBy } from "./connection_by.ts";
import { readKubeconfig } from "./kubeconfig.ts";

/** Where Kubernetes puts into each pod what says who it is. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const FILE_BYTES_MAX = 1024 * 1024;

/** How the API of a cluster is reached. */
export interface Cluster {
  /** Of its API, without a slash at its end. */
  readonly server: string;
  readonly client: ResolvedClient;
  /** Where walq runs; undefined if nobody has asked. */
  readonly ownNamespace: string | undefined;
}

/**
 * By the options, a kubeconfig, or as the service account of the pod that walq runs in.
 *
 * @throws {Error} that says what is missing.
 */
export async function findCluster(
  options: KubernetesDiscovery,
  { files, env }: DiscoveryDependencies["platform"],
): Promise<Cluster> {
  const { apiServer, kubeconfigFile, ownNamespace } = options;
  if (kubeconfigFile !== undefined) {
    const text = await readText(files, kubeconfigFile);
    return { ...readKubeconfig(text, kubeconfigFile), ownNamespace: undefined };
  }
  if (apiServer !== undefined) {
    return { server: apiServer.replace(/\/+$/, ""), client: options, ownNamespace: undefined };
  }
  const host = env("KUBERNETES_SERVICE_HOST") ?? "";
  const port = env("KUBERNETES_SERVICE_PORT") ?? "";
  if (host === "" || port === "") {
    throw new Error(
      "not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, " +
        "and there is neither api_server nor kubeconfig_file",
    );
  }
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    client: serviceAccount(),
    ownNamespace: ownNamespace
      ? (await readText(files, `${SERVICE_ACCOUNT}/namespace`)).trim()
      : undefined,
  };
}

/** Its token is renewed every hour, and its authority now and then: both are read again. */
function serviceAccount(): ResolvedClient {
  const path = `${SERVICE_ACCOUNT}/token`;
  return {
    ...NO_CLIENT,
    credentials: {
      identity: {
        kind: "token",
        type: "Bearer",
        token: { path, holds: "token", option: ["kubernetesSdConfigs"], isAwaited: true },
      },
      secretHeaders: [],
    },
    connection: connectionBy({ caFile: `${SERVICE_ACCOUNT}/ca.crt` }),
  };
}

async function readText(files: FileSystem, path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await files.readWhole(path, FILE_BYTES_MAX));
  } catch (error) {
    const why = error instanceof FileSystemError
      ? error.code.replaceAll("_", " ")
      : messageOf(error);
    throw new Error(`cannot read the file "${path}": ${why}`);
  }
}
