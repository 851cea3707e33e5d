import { Deadline } from "../actor/deadline.ts";
import { type Credential, WHO_SIGNS } from "../auth/credential.ts";
import { withoutSecrets } from "../auth/hidden.ts";
import { makeCredential } from "../auth/make_credential.ts";
import { openConnectedHttp } from "../connection/open_http.ts";
import type { Clock, HttpAnswerHead, HttpClient, HttpRequest } from "../contracts.ts";
import { messageOf, UnreadableAnswerError } from "../errors.ts";
import type { ResolvedClient } from "../options/resolved_scrape.ts";
import { shownUrl } from "../shown_url.ts";
import { VERSION } from "../version.ts";
import { getPage, type Page } from "../whole_body.ts";
import type { DiscoveryDependencies } from "./dependencies.ts";

/** A list of all pods of a large cluster has some hundred MiB. */
const BODY_BYTES_MAX = 512 * 1024 * 1024;
const SHOWN_LENGTH_MAX = 256;

/** What is asked of a server that knows targets. */
export interface DiscoveryRequest {
  readonly url: string;
  /** Names are lower-case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly unixSocket?: string | undefined;
  /** It is sent by a POST; a GET without it. */
  readonly body?: Uint8Array | undefined;
  /** More bytes of an answer are an error. @default 512 MiB */
  readonly answerBytesMax?: number;
  /** From the first byte of the request to the last one of the answer. */
  readonly timeoutMs: number;
}

/** An answer that is none that helps. */
export class DiscoveryError extends Error {
  override readonly name: string = "DiscoveryError";
  /** Undefined when there was no answer. */
  readonly status: number | undefined;

  /** The message shows no secret. */
  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** A server that knows targets, as it is reached by options: its connections, and who walq is before it. */
export class DiscoveryClient {
  readonly #http: HttpClient;
  readonly #credential: Credential;
  readonly #dependencies: DiscoveryDependencies;
  readonly #clock: Clock;

  constructor(options: ResolvedClient, dependencies: DiscoveryDependencies) {
    const { platform, logger } = dependencies;
    const { files, clock, random, env } = platform;
    const { connection, followRedirects, tokenConnection, credentials } = options;
    this.#dependencies = dependencies;
    this.#clock = clock;
    const inOptions = { connection, followRedirects, goesElsewhere: true };
    this.#http = openConnectedHttp(inOptions, dependencies);
    const http = openConnectedHttp(
      { connection: tokenConnection, followRedirects: false },
      dependencies,
    );
    const nowMs = (): number => clock.nowMs();
    this.#credential = makeCredential(credentials, {
      files,
      clock,
      random,
      http,
      env,
      logger,
      nowMs,
    });
  }

  /**
   * Resolves to an answer with a status from 200 to 299.
   *
   * @throws {DiscoveryError} when there is none.
   */
  async get(request: DiscoveryRequest, signal: AbortSignal): Promise<Page> {
    const page = await this.exchange(request, signal);
    if (isSuccess(page)) return page;
    throw this.#refusal(request, page.status, new TextDecoder().decode(page.body));
  }

  /**
   * Resolves to an answer with any status.
   *
   * @throws {DiscoveryError} when there is none.
   */
  async exchange(request: DiscoveryRequest, signal: AbortSignal): Promise<Page> {
    const { decompressGzip } = this.#dependencies.platform;
    const bytesMax = request.answerBytesMax ?? BODY_BYTES_MAX;
    return await this.#ask(
      { ...request, headers: { "accept-encoding": "gzip", ...request.headers } },
      signal,
      (signed, stop) => getPage(this.#http, { ...signed, bytesMax }, decompressGzip, stop),
    );
  }

  /**
   * The same, with a body that is JSON.
   *
   * @throws {DiscoveryError} when it is none.
   */
  async getJson(request: DiscoveryRequest, signal: AbortSignal): Promise<JsonAnswer> {
    const { status, header, body } = await this.get(request, signal);
    return { status, header, value: parseJson(request, body) };
  }

  /**
   * Tells the body of a success as it comes.
   *
   * @throws {DiscoveryError} for another answer, and for one that ends before its time.
   */
  async stream(
    request: DiscoveryRequest,
    onBody: (piece: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let refusal = "";
    const decoder = new TextDecoder();
    const answer = await this.#ask(request, signal, (signed, stop) =>
      this.#http.exchange({
        ...signed,
        method: signed.body === undefined ? "GET" : "POST",
        answerBytesMax: Infinity,
        onBody: (piece, head) => {
          if (isSuccess(head)) onBody(piece);
          else if (refusal.length < SHOWN_LENGTH_MAX) refusal += decoder.decode(piece);
        },
      }, stop));
    if (!isSuccess(answer)) throw this.#refusal(request, answer.status, refusal);
  }

  async close(): Promise<void> {
    await this.#credential.stop();
    await this.#http.close();
  }

  /** With one more attempt where who is asked does not know who asks: secrets are rotated. */
  async #ask<Answer extends HttpAnswerHead>(
    request: DiscoveryRequest,
    signal: AbortSignal,
    exchange: (signed: SignedRequest, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const deadline = new Deadline(signal, request.timeoutMs, this.#clock);
    try {
      const { mark } = this.#credential;
      const answer = await exchange(await this.#signed(request, deadline), deadline.signal);
      if (answer.status !== 401) return answer;
      await this.#credential.refused();
      if (this.#credential.mark === mark) return answer;
      return await exchange(await this.#signed(request, deadline), deadline.signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // It is said already, by who was told the body.
      throw error instanceof DiscoveryError ? error : this.#failure(request, error, deadline);
    } finally {
      deadline.end();
    }
  }

  async #signed(request: DiscoveryRequest, deadline: Deadline): Promise<SignedRequest> {
    const { url, unixSocket, body } = request;
    const headers = { "user-agent": `walq/${VERSION}`, ...request.headers };
    const method = body === undefined ? "GET" : "POST";
    const outgoing = { method, url, headers, body: body ?? NO_BODY } as const;
    const signing = this.#credential.sign(outgoing, deadline.signal);
    const { headers: signature } = await deadline.waitFor(WHO_SIGNS, signing);
    const { connecting: onConnecting } = deadline;
    const sent = body && { body };
    return { url, headers: { ...headers, ...signature }, unixSocket, onConnecting, ...sent };
  }

  #refusal(request: DiscoveryRequest, status: number, text: string): DiscoveryError {
    const shown = this.#hidden(request, text).replace(/\s+/g, " ").trim();
    const said = shown === "" ? "" : `: ${shown.slice(0, SHOWN_LENGTH_MAX)}`;
    return new DiscoveryError(`${shownUrl(request.url)} answered HTTP ${status}${said}`, status);
  }

  #failure(request: DiscoveryRequest, thrown: unknown, deadline: Deadline): DiscoveryError {
    const error = deadline.causeOf(thrown);
    // That time is over walq says itself, maybe with a word that is in the URL.
    const hide = (text: string): string =>
      error === deadline.signal.reason ? text : this.#hidden(request, text);
    const told = error instanceof UnreadableAnswerError ? error.tell(hide) : hide(toldOf(error));
    return new DiscoveryError(`${shownUrl(request.url)}: ${told}`);
  }

  #hidden({ url, headers = {} }: DiscoveryRequest, text: string): string {
    return withoutSecrets(text, { url, headers, secrets: this.#credential.secrets });
  }
}

/** An answer of which the body is JSON. */
export interface JsonAnswer extends HttpAnswerHead {
  readonly value: unknown;
}

type SignedRequest = Pick<
  HttpRequest,
  "url" | "headers" | "unixSocket" | "onConnecting" | "body"
>;

const NO_BODY = new Uint8Array(0);

/** @throws {DiscoveryError} that quotes nothing: it may be anything. */
export function parseJson({ url }: DiscoveryRequest, body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new DiscoveryError(`${shownUrl(url)}: the answer is no JSON`);
  }
}

function isSuccess({ status }: HttpAnswerHead): boolean {
  return status >= 200 && status < 300;
}

function toldOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined
    ? `: ${messageOf(error.cause)}`
    : "";
  return `${messageOf(error)}${cause}`;
}
