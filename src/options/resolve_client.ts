import { resolveConnection } from "./resolve_connection.ts";
import { resolveCredentials } from "./resolve_credentials.ts";
import type { ResolvedClient } from "./resolved_scrape.ts";
import type { CheckedClient } from "./tables/http_client.ts";

/** How an HTTP server is asked that gets no remote write. */
export function resolveClient(given: CheckedClient): ResolvedClient {
  const { oauth2, followRedirects } = given;
  return {
    credentials: resolveCredentials({ ...given, sigv4: undefined, azuread: undefined }),
    connection: resolveConnection(given, false),
    tokenConnection: oauth2 && resolveConnection(oauth2, false),
    followRedirects,
  };
}
