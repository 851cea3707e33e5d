import type { HttpClient, Logger, Platform } from "../contracts.ts";
import { ConnectedHttpClient } from "./connected_http.ts";
import { RedirectingHttpClient } from "./redirects.ts";
import type { ConnectionSource } from "./source.ts";

/** How a server is connected to. */
export interface HttpOptions {
  /** Undefined is as the URL says it. */
  readonly connection: ConnectionSource | undefined;
  readonly followRedirects: boolean;
  /** Redirects are followed to other hosts, too: for targets and for servers of discoveries. @default false */
  readonly goesElsewhere?: boolean;
}

/** What clients are made with. */
export interface HttpDependencies {
  readonly platform: Pick<Platform, "http" | "files" | "clock" | "openHttp">;
  readonly logger: Logger;
}

/** HTTP as options want it. Who opens it closes it, which leaves the platform's own connections open. */
export function openConnectedHttp(
  { connection, followRedirects, goesElsewhere }: HttpOptions,
  { platform, logger }: HttpDependencies,
): HttpClient {
  const client = connection === undefined
    ? shared(platform.http)
    : new ConnectedHttpClient(connection, { platform, logger });
  return followRedirects ? new RedirectingHttpClient(client, goesElsewhere) : client;
}

/** Others use it too. */
function shared(http: HttpClient): HttpClient {
  return {
    exchange: (request, signal) => http.exchange(request, signal),
    close: () => Promise.resolve(),
  };
}
