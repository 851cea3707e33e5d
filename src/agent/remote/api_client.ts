import { DiscoveryClient, DiscoveryError } from "../../discovery/client.ts";
import { DiscoveryStats } from "../../discovery/stats.ts";
import { WalqError } from "../../errors.ts";
import { loggerOf } from "../../logger.ts";
import type { ResolvedClient } from "../../options/resolved_scrape.ts";
import { shownUrl } from "../../shown_url.ts";
import { isObject } from "../../is_object.ts";
import type { AgentHost } from "../host.ts";

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const WORDS_LENGTH_MAX = 512;

/** Why a server did not do what was asked. */
export class AskError extends WalqError {
  /** Undefined when it did not answer. */
  readonly status: number | undefined;

  /** The message shows no secret. */
  constructor(message: string, status?: number) {
    super("STORAGE", message);
    this.status = status;
  }
}

/** A body that is posted. */
interface Posted {
  readonly contentType: string;
  readonly text: string;
}

/** Asks an HTTP API with JSON in its answers: walq's own, or that of Prometheus. */
export class ApiClient {
  readonly #base: string;
  readonly #unixSocket: string | undefined;
  readonly #client: DiscoveryClient;

  /** @param unixSocket is connected to, in place of the host of the URL */
  constructor(base: string, options: ResolvedClient, host: AgentHost, unixSocket?: string) {
    this.#base = base.replace(/\/+$/, "");
    this.#unixSocket = unixSocket;
    const { platform } = host;
    this.#client = new DiscoveryClient(options, {
      platform,
      logger: loggerOf("silent"),
      stats: new DiscoveryStats(),
    });
  }

  /** The URL, without what is secret in it. */
  get shown(): string {
    return shownUrl(this.#base);
  }

  /**
   * The answer to a question, whole.
   *
   * @param posted is sent by a POST; a GET without it
   * @throws {AskError}
   */
  async ask(path: string, timeoutMs: number, posted?: Posted): Promise<unknown> {
    const { status, body } = await this.#exchange(path, timeoutMs, posted);
    const value = parsed(body);
    if (status >= 200 && status < 300 && value !== undefined) return value;
    throw new AskError(`${this.shown}${bare(path)} ${this.#words(status, value, body)}`, status);
  }

  /**
   * The data of an answer in the form of Prometheus's API.
   *
   * @throws {AskError}
   */
  async data(path: string, timeoutMs: number, posted?: Posted): Promise<unknown> {
    const answer = await this.ask(path, timeoutMs, posted);
    if (isObject(answer) && answer["status"] === "success" && "data" in answer) {
      return answer["data"];
    }
    throw new AskError(`${this.shown}${bare(path)} answered, but not as Prometheus's API does`);
  }

  /**
   * The status of an answer, whatever it says.
   *
   * @throws {AskError} when there is none
   */
  async statusOf(path: string, timeoutMs: number): Promise<number> {
    return (await this.#exchange(path, timeoutMs)).status;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #exchange(path: string, timeoutMs: number, posted?: Posted) {
    const request = {
      url: `${this.#base}${path}`,
      timeoutMs,
      answerBytesMax: ANSWER_BYTES_MAX,
      unixSocket: this.#unixSocket,
      ...(posted && {
        headers: { "content-type": posted.contentType },
        body: new TextEncoder().encode(posted.text),
      }),
    };
    try {
      return await this.#client.exchange(request, new AbortController().signal);
    } catch (error) {
      if (error instanceof DiscoveryError) throw new AskError(error.message);
      throw error;
    }
  }

  /** What it said, in its own words where it has some. */
  #words(status: number, value: unknown, body: Uint8Array): string {
    const told = isObject(value) && typeof value["error"] === "string"
      ? value["error"]
      : new TextDecoder().decode(body.subarray(0, WORDS_LENGTH_MAX));
    const words = told.replace(/\s+/g, " ").trim().slice(0, WORDS_LENGTH_MAX);
    const hint = status === 401
      ? "; say who you are by --user and --password-file, --bearer-token-file or --http-config"
      : "";
    return `answered HTTP ${status}${words && `: ${words}`}${hint}`;
  }
}

/** Without the question, which may be long. */
function bare(path: string): string {
  return path.replace(/\?.*$/s, "");
}

/** Undefined for what is no JSON. */
function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
