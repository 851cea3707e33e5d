import type { Clock, HttpAnswer, HttpClient, HttpRequest } from "../contracts.ts";
import { Deadline } from "../actor/deadline.ts";
import { messageOf, UnreadableAnswerError } from "../errors.ts";
import { shownUrl } from "../shown_url.ts";
import { withoutSecrets } from "./hidden.ts";

/** Tokens with many claims are some KiB. */
const ANSWER_BYTES_MAX = 128 * 1024;
const SHOWN_LENGTH_MAX = 256;
const TIMEOUT_MS = 30_000;

/** One question to somebody who gives out tokens or keys. */
export interface Question extends Pick<HttpRequest, "method" | "url" | "headers" | "body"> {
  /** What it is for, such as "a token". */
  readonly what: string;
  /** What nobody may see of it, beside its headers. */
  readonly secrets: readonly string[];
  /** @default 30 s */
  readonly timeoutMs?: number;
}

/** How questions are asked. */
export interface AskDependencies {
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** A question that has no answer that helps. */
export class AskError extends Error {
  override readonly name: string = "AskError";
  /** Undefined when there was no answer. */
  readonly status: number | undefined;

  /** `reason` shows no secrets. */
  constructor({ what, url }: Question, reason: string, status?: number) {
    super(`cannot get ${what} from ${shownUrl(url)}: ${reason}`);
    this.status = status;
  }
}

/**
 * Asks once, and resolves to an answer that is a success.
 *
 * @throws {AskError} that says what was asked and what the answer was.
 */
export async function ask(
  question: Question,
  { http, clock }: AskDependencies,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { method, url, headers, body, timeoutMs = TIMEOUT_MS } = question;
  const deadline = new Deadline(signal, timeoutMs, clock);
  const request: HttpRequest = {
    method,
    url,
    headers,
    answerBytesMax: ANSWER_BYTES_MAX,
    onConnecting: deadline.connecting,
    ...(body && { body }),
  };
  let answer: HttpAnswer;
  try {
    answer = await http.exchange(request, deadline.signal);
  } catch (error) {
    throw new AskError(question, tell(deadline.causeOf(error), question));
  } finally {
    deadline.end();
  }
  const { status, text } = answer;
  if (status >= 200 && status < 300) return answer;
  const shown = shortened(withoutSecrets(text, question)) || redirectOf(question, answer);
  throw new AskError(question, `HTTP ${status}${shown === "" ? "" : `: ${shown}`}`, status);
}

/** Where a redirect leads to, which is not followed: somebody else would get the secrets. */
function redirectOf(question: Question, { status, header }: HttpAnswer): string {
  const location = status >= 300 && status < 400 ? header("location") : undefined;
  if (location === undefined || !URL.canParse(location, question.url)) return "";
  const shown = shownUrl(new URL(location, question.url).href);
  return `a redirect to ${withoutSecrets(shown, question)}, which is not followed`;
}

/** An answer that is a success, and not what it should be: nothing of it is shown. */
export function wrongAnswer(question: Question, { status }: HttpAnswer, why: string): AskError {
  return new AskError(question, `HTTP ${status}, but ${why}`, status);
}

/** The answer as an object of JSON. */
export function objectOf(question: Question, answer: HttpAnswer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch {
    throw wrongAnswer(question, answer, "the answer is no JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw wrongAnswer(question, answer, "the answer is no object of JSON");
}

/** Errors of JSON and XML go over lines. */
function shortened(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, SHOWN_LENGTH_MAX);
}

function tell(error: unknown, question: Question): string {
  const hide = (text: string): string => withoutSecrets(text, question);
  if (error instanceof UnreadableAnswerError) return error.tell(hide);
  const cause = error instanceof Error && error.cause !== undefined
    ? `: ${messageOf(error.cause)}`
    : "";
  return shortened(hide(`${messageOf(error)}${cause}`));
}
