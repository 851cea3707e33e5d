import { LogLimiter } from "../../actor/log_limiter.ts";
import type { Clock, Logger } from "../../contracts.ts";
import type { Answer, Handler, Incoming } from "../host.ts";
import type { BriefAnswer } from "../../receive/brief_answer.ts";
import { RETRY_AFTER_SECONDS } from "../../receive/retry_after.ts";
import { BasicUsers } from "./basic_users.ts";
import type { WebConfig } from "./load_web_config.ts";
import { type Compare, PasswordCheck } from "./password_check.ts";
import { RateLimiter } from "./rate_limiter.ts";
import type { CheckedRateLimit } from "./web_options.ts";

/** What a {@link WebGate} works with. */
interface GateDependencies {
  readonly file: { readonly current: WebConfig; look(): Promise<void> };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly compare: Compare;
  /** Who answers those that come in. */
  readonly handler: Handler;
}

/** Stands before the application: who may ask, how often, and what every answer says. */
export class WebGate {
  readonly #of: GateDependencies;
  readonly #users: BasicUsers;
  readonly #wrongLog: LogLimiter;
  #limit: CheckedRateLimit | undefined;
  #limiter: RateLimiter | undefined;

  constructor(of: GateDependencies) {
    this.#of = of;
    this.#users = new BasicUsers(new PasswordCheck(of));
    this.#wrongLog = new LogLimiter(of.clock);
  }

  /** Answers one request. */
  readonly handler: Handler = async (request, incoming) => {
    const { file } = this.#of;
    await file.look();
    const { headers, users, rateLimit } = file.current;
    const answer = this.#overLimit(rateLimit, request) ??
      await this.#answer(request, incoming, users);
    if (!(answer instanceof Response)) return withHeaders(answer, headers);
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
    return answer;
  };

  /** A sender drops data for a 429, and nothing is wrong with that. */
  #overLimit(limit: CheckedRateLimit | undefined, { method }: Request): Response | undefined {
    const limiter = this.#limiterFor(limit);
    if (limiter === undefined || limiter.admit()) return undefined;
    const status = method === "POST" ? 503 : 429;
    const headers = { "retry-after": String(limiter.retryAfterSeconds) };
    return new Response("Too Many Requests\n", { status, headers });
  }

  /** The same as long as the file says the same. */
  #limiterFor(limit: CheckedRateLimit | undefined): RateLimiter | undefined {
    if (limit?.burst !== this.#limit?.burst || limit?.intervalMs !== this.#limit?.intervalMs) {
      this.#limiter = limit && new RateLimiter({ clock: this.#of.clock, ...limit });
    }
    this.#limit = limit;
    return this.#limiter;
  }

  /** The application answers those that are known, and is told who they are. */
  async #answer(request: Request, incoming: Incoming, users: WebConfig["users"]): Promise<Answer> {
    const { handler } = this.#of;
    if (users.size === 0) return await handler(request, incoming);
    const authorization = request.headers.get("authorization");
    const login = await this.#users.login(authorization, users);
    if (typeof login === "object") return await handler(request, { ...incoming, ...login });
    if (login === "busy") {
      return new Response("Too many logins at once; come again\n", {
        status: 503,
        headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
      });
    }
    if (authorization !== null) this.#tellWrong(incoming.from);
    return new Response("Unauthorized\n", {
      status: 401,
      headers: { "www-authenticate": "Basic" },
    });
  }

  #tellWrong(from: string): void {
    const hidden = this.#wrongLog.admit();
    if (hidden === undefined) return;
    this.#of.logger.warn("a login was refused", { from, more_like_it: hidden || undefined });
  }
}

function withHeaders(answer: BriefAnswer, headers: WebConfig["headers"]): BriefAnswer {
  const all: Record<string, string> = { ...answer.headers };
  for (const [name, value] of Object.entries(headers)) all[name.toLowerCase()] = value;
  return { ...answer, headers: all };
}
