import type { Credential } from "../auth/credential.ts";
import { makeCredential } from "../auth/make_credential.ts";
import { openConnectedHttp } from "../connection/open_http.ts";
import type { HttpClient, Logger, Platform } from "../contracts.ts";
import type { ResolvedClient } from "../options.ts";

/** What an access is made with. */
export interface AccessDependencies {
  readonly platform: Platform;
  readonly logger: Logger;
}

/** How the targets of a job are asked: they share its connections and what says who walq is. */
export interface JobAccess {
  readonly http: HttpClient;
  readonly credential: Credential;
  /** When nobody uses it any more. */
  close(): Promise<void>;
}

/** Opens connections and credentials as the options of a job want them. */
export function openAccess(client: ResolvedClient, dependencies: AccessDependencies): JobAccess {
  const { credentials, connection, tokenConnection, followRedirects } = client;
  const { platform: { files, clock, random, env }, logger } = dependencies;
  const http = openConnectedHttp(
    { connection, followRedirects, goesElsewhere: true },
    dependencies,
  );
  const credential = makeCredential(credentials, {
    files,
    clock,
    random,
    env,
    logger,
    http: openConnectedHttp({ connection: tokenConnection, followRedirects: false }, dependencies),
    nowMs: () => clock.nowMs(),
  });
  return {
    http,
    credential,
    close: async () => {
      await credential.stop();
      await http.close();
    },
  };
}

/** Whether one access is fit for both. */
export function asksAlike(a: ResolvedClient, b: ResolvedClient): boolean {
  const text = (client: ResolvedClient): string => {
    const { credentials, connection, tokenConnection, followRedirects } = client;
    return JSON.stringify([credentials, connection, tokenConnection, followRedirects]);
  };
  return text(a) === text(b);
}
