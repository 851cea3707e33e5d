import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { makeAnswer } from "../../src/testing/memory.ts";

/** What a client asked of the server. */
export interface TokenQuestion {
  readonly form: Readonly<Record<string, string>>;
  /** User name and password of the Authorization header, if there is one. */
  readonly basic: string | undefined;
}

/** Gives out tokens, one after the other, and knows which are good. */
export class TokenServer {
  readonly asked: TokenQuestion[] = [];
  /** Answers in place of a token, as long as it is there. */
  instead: ((question: TokenQuestion) => HttpAnswer | undefined) | undefined;
  /** Undefined is left out of the answers. */
  expiresInSeconds: number | undefined = 3600;
  #issued = 0;
  #good = 0;

  /** The last one that was given out. */
  get token(): string {
    return `t0ken-${this.#issued}`;
  }

  /** All that were given out are good no more. */
  revoke(): void {
    this.#good = this.#issued;
  }

  answer(request: HttpRequest): HttpAnswer {
    const question = readQuestion(request.headers, new TextDecoder().decode(request.body));
    this.asked.push(question);
    return this.instead?.(question) ?? makeAnswer(200, this.issue());
  }

  /** A new token, as the answer says it. */
  issue(): string {
    this.#issued++;
    const answer = { access_token: this.token, token_type: "bearer" };
    return JSON.stringify({ ...answer, expires_in: this.expiresInSeconds });
  }

  /** Whether a request to the endpoint has one that is good. */
  admits(authorization: string | undefined): boolean {
    const number = Number(/^Bearer t0ken-(\d+)$/.exec(authorization ?? "")?.[1]);
    return number > this.#good && number <= this.#issued;
  }
}

/** What is in a request for a token. */
export function readQuestion(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): TokenQuestion {
  const header = String(headers["authorization"] ?? "");
  // Both are encoded as in a form (RFC 6749, section 2.3.1).
  const pair = header.startsWith("Basic ") ? decodeURIComponent(atob(header.slice(6))) : undefined;
  return { form: Object.fromEntries(new URLSearchParams(body)), basic: pair };
}
