import { isStreamUrl } from "../../stream_url.ts";
import type { CheckedEndpointOptions } from "../checked.ts";
import { type Broken, shown } from "../checks.ts";

/** Options of an endpoint that say how HTTP is spoken, or with whom by it. */
const OF_HTTP = [
  "headers",
  "authorizationType",
  "oauth2",
  "httpHeaders",
  "proxyUrl",
  "noProxy",
  "proxyFromEnvironment",
  "proxyConnectHeader",
  "roundRobinDns",
  "sigv4",
  "azuread",
] as const;

/** What has no meaning where an endpoint is a stream, and what has none where it is not. */
export function* handOverContradictions(endpoint: CheckedEndpointOptions): Generator<Broken> {
  const { url, nats } = endpoint;
  if (!isStreamUrl(url)) {
    if (nats !== undefined) yield ["nats", "given with a URL of http, expected one of nats"];
    return;
  }
  for (const name of OF_HTTP) {
    if (isGiven(endpoint[name])) yield [name, "given with a URL of nats, where HTTP is not spoken"];
  }
  if (endpoint.compression !== "snappy") {
    const got = shown(endpoint.compression);
    yield ["compression", `got ${got}, expected "snappy" with a URL of nats`];
  }
  if (endpoint.sendOrder !== "strict") {
    const message = `got ${shown(endpoint.sendOrder)}, expected "strict" with a URL of nats: who ` +
      "sends what is in the stream has an order of its own";
    yield ["sendOrder", message];
  }
  const { basicAuth, bearerToken, bearerTokenFile } = endpoint;
  const ways = {
    basicAuth,
    bearerToken: bearerToken ?? bearerTokenFile,
    "nats.credentialsFile": nats?.credentialsFile,
    "nats.nkeySeedFile": nats?.nkeySeedFile,
  };
  const [first, second] = Object.entries(ways).flatMap(([name, way]) =>
    way === undefined ? [] : [name]
  );
  if (second === undefined || !second.startsWith("nats.")) return;
  yield [second.split("."), `given together with ${first}, expected at most one of them`];
}

function isGiven(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== false;
}
