/** A stream of NATS, in the keys of the file and without secrets. */
import { formatDuration } from "../../duration.ts";
import type { ResolvedStream } from "../../options.ts";
import { streamUrl } from "../../stream_url.ts";
import { given, type Keys, secretKey, tlsKeys } from "./client_config.ts";

/** The block of a queue's store. */
export function storeKeys(stream: ResolvedStream): Keys {
  const { credentials, tls, sends, timeoutMs } = stream;
  return {
    url: streamUrl(stream),
    ...sizeKeys(stream),
    sends,
    ...fileKeys(credentials),
    ...storeLogin(credentials),
    ...tls && { tls_config: tlsKeys(tls) },
    timeout: formatDuration(timeoutMs),
  };
}

/** What an endpoint has that is one. */
export function handOverKeys(stream: ResolvedStream): Keys {
  const { credentials, tls } = stream;
  return {
    nats: { ...sizeKeys(stream), ...fileKeys(credentials) },
    ...endpointLogin(credentials),
    ...tls && { tls_config: tlsKeys(tls) },
  };
}

function sizeKeys({ partitions, replicas, maxBytes, duplicateWindowMs }: ResolvedStream): Keys {
  return {
    partitions,
    replicas,
    max_bytes: maxBytes,
    duplicate_window: formatDuration(duplicateWindowMs),
  };
}

type Credentials = ResolvedStream["credentials"];

function fileKeys(credentials: Credentials): Keys {
  switch (credentials.kind) {
    case "credentials":
      return secretKey("credentials", credentials.credentials);
    case "nkey":
      return secretKey("nkey_seed", credentials.seed);
    default:
      return {};
  }
}

function storeLogin(credentials: Credentials): Keys {
  switch (credentials.kind) {
    case "user":
      return userKeys(credentials);
    case "token":
      return secretKey("token", credentials.token);
    default:
      return {};
  }
}

function endpointLogin(credentials: Credentials): Keys {
  switch (credentials.kind) {
    case "user":
      return { basic_auth: userKeys(credentials) };
    case "token":
      return { authorization: { type: "Bearer", ...secretKey("credentials", credentials.token) } };
    default:
      return {};
  }
}

function userKeys({ username, password }: Extract<Credentials, { readonly kind: "user" }>): Keys {
  const name = typeof username === "string" ? { username } : { username_file: username.path };
  return given({ ...name, ...secretKey("password", password) });
}
