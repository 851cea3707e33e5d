import type { HttpClient, Kernel, Logger, Platform } from "../contracts.ts";
import type { Credential } from "../auth/credential.ts";
import { makeCredential } from "../auth/make_credential.ts";
import { streamCredential } from "../auth/stream_credential.ts";
import { DatedHttpClient } from "../clock/dated_http.ts";
import type { EndpointTime } from "../clock/endpoint_time.ts";
import { openConnectedHttp } from "../connection/open_http.ts";
import { HandOver } from "../jetstream/hand_over.ts";
import type { ResolvedEndpoint } from "../options.ts";
import { VERSION } from "../version.ts";
import { GuardedHttp } from "./guarded_http.ts";

/** What an {@link Access} is made of. */
interface AccessContext {
  readonly platform: Platform;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly time: EndpointTime;
  /** Told the Date of each answer. */
  readonly onDate: (dateMs: number) => void;
  /** Whether this process may send at this moment, if others may. */
  readonly maySend?: (() => boolean) | undefined;
}

/** How an endpoint is reached: its connections, and what says who walq is. */
export class Access {
  readonly #context: AccessContext;
  #options: ResolvedEndpoint;
  #http: HttpClient;
  #credential: Credential;

  constructor(options: ResolvedEndpoint, context: AccessContext) {
    this.#context = context;
    this.#options = options;
    this.#http = this.#openHttp(options);
    this.#credential = this.#credentialOf(options);
  }

  get http(): HttpClient {
    return this.#http;
  }

  get credential(): Credential {
    return this.#credential;
  }

  /** Goes by other options. Returns what ends what is not of use any more, when nobody uses it. */
  change(options: ResolvedEndpoint): () => Promise<void> {
    const [http, credential] = [this.#http, this.#credential];
    if (!signsAlike(options, this.#options)) this.#credential = this.#credentialOf(options);
    if (!connectsAlike(options, this.#options)) this.#http = this.#openHttp(options);
    this.#options = options;
    return async () => {
      if (http !== this.#http) await http.close();
      if (credential !== this.#credential) await credential.stop();
    };
  }

  async stop(): Promise<void> {
    await this.#credential.stop();
    await this.#http.close();
  }

  #credentialOf({ credentials, tokenConnection, stream }: ResolvedEndpoint): Credential {
    const { platform, logger, time } = this.#context;
    if (stream !== undefined) return streamCredential(stream.credentials, { ...platform, logger });
    const { files, clock, random, env } = platform;
    const options = { connection: tokenConnection, followRedirects: false };
    const http = openConnectedHttp(options, { platform, logger });
    // A signature that is minutes off is refused: what the endpoint says counts where it differs.
    const nowMs = (): number => clock.nowMs() - time.wrongByMs;
    return makeCredential(credentials, { files, clock, random, http, env, logger, nowMs });
  }

  #openHttp(options: ResolvedEndpoint): HttpClient {
    const { platform, kernel, logger, onDate, maySend } = this.#context;
    const { name, stream } = options;
    if (stream !== undefined) {
      const clientName = `walq ${VERSION}, endpoint ${name}`;
      return new HandOver(stream, { platform, kernel, logger, clientName, maySend });
    }
    const http = new DatedHttpClient(openConnectedHttp(options, { platform, logger }), onDate);
    return maySend === undefined ? http : new GuardedHttp(http, maySend);
  }
}

/** Whether what was got to sign for the one is fit for the other. */
function signsAlike(a: ResolvedEndpoint, b: ResolvedEndpoint): boolean {
  const text = ({ credentials, tokenConnection, stream }: ResolvedEndpoint): string =>
    JSON.stringify([credentials, tokenConnection, stream?.credentials]);
  return text(a) === text(b);
}

/** Whether connections that were made by the one are fit for the other. */
function connectsAlike(a: ResolvedEndpoint, b: ResolvedEndpoint): boolean {
  const text = ({ connection, followRedirects, stream }: ResolvedEndpoint): string =>
    JSON.stringify([connection, followRedirects, stream]);
  return text(a) === text(b);
}
