import * as v from "valibot";
import type { Clock, DropChoice, ReplayChoice, RetryChoice } from "../../contracts.ts";
import type { ByteBudget } from "../../receive/budget.ts";
import { readBody, UnreadBodyError } from "../../receive/read_body.ts";
import type { Incoming } from "../host.ts";
import { ApiError } from "./answers.ts";

/** A body of an action: a few names and numbers, or a list of ids. */
export const ACTION_BYTES_MAX: number = 64 * 1024;
const NAME_LENGTH_MAX = 256;
const IDS_MAX = 1_000;
/** The last moment that a `Date` can be. */
const TIME_MS_MAX = 8_640_000_000_000_000;

const NAME = v.pipe(
  v.string("expected the name of an endpoint"),
  v.minLength(1, "expected the name of an endpoint"),
  v.maxLength(NAME_LENGTH_MAX, `expected at most ${NAME_LENGTH_MAX} characters`),
);
const TIME_MS = v.pipe(
  v.number("expected milliseconds since the epoch"),
  v.safeInteger("expected whole milliseconds since the epoch"),
  v.minValue(-TIME_MS_MAX, "expected a time that there is"),
  v.maxValue(TIME_MS_MAX, "expected a time that there is"),
);
const ID = v.pipe(
  v.string("expected an id, which is a text"),
  v.minLength(1, "expected an id"),
  v.maxLength(NAME_LENGTH_MAX, `expected at most ${NAME_LENGTH_MAX} characters`),
);

const DRY_RUN = v.boolean("expected true or false");

const RETRY = v.strictObject({
  endpoint: v.optional(NAME),
  ids: v.optional(v.pipe(
    v.array(ID, "expected a list of ids"),
    v.minLength(1, "expected at least one id; without the key it is all"),
    v.maxLength(IDS_MAX, `expected at most ${IDS_MAX} ids`),
  )),
});

const DROP = v.strictObject({
  endpoint: v.optional(NAME),
  before_ms: TIME_MS,
  dry_run: v.optional(DRY_RUN),
});

const REPLAY = v.pipe(
  v.strictObject({
    endpoint: v.optional(NAME),
    from_ms: TIME_MS,
    to_ms: TIME_MS,
    dry_run: v.optional(DRY_RUN),
  }),
  v.check(({ from_ms, to_ms }) => from_ms < to_ms, "expected from_ms before to_ms"),
);

const ENDPOINT = v.optional(NAME);

/** What a body is read with. */
export interface ActionBodyDependencies {
  readonly clock: Clock;
  /** The bytes of all bodies that are being read. */
  readonly budget: ByteBudget;
}

/**
 * What the parameter `endpoint` says; undefined for all.
 *
 * @throws {ApiError} that names it.
 */
export function endpointParam(text: string | undefined): string | undefined {
  return checked(ENDPOINT, text, "endpoint");
}

/**
 * Which refused requests are to be sent again: all of them without a body.
 *
 * @throws {ApiError} that names the field, what was got and what was wanted; the others, too.
 */
export async function readRetry(
  incoming: Incoming,
  dependencies: ActionBodyDependencies,
): Promise<RetryChoice> {
  return checked(RETRY, parse(await readText(incoming, dependencies)), "the body");
}

/** What is to be skipped. */
export async function readDrop(
  incoming: Incoming,
  dependencies: ActionBodyDependencies,
): Promise<DropChoice> {
  const body = checked(DROP, parse(await readText(incoming, dependencies)), "the body");
  return { endpoint: body.endpoint, beforeMs: body.before_ms, dryRun: body.dry_run };
}

/** What is to be sent once more. */
export async function readReplay(
  incoming: Incoming,
  dependencies: ActionBodyDependencies,
): Promise<ReplayChoice> {
  const body = checked(REPLAY, parse(await readText(incoming, dependencies)), "the body");
  const { endpoint, from_ms: fromMs, to_ms: toMs, dry_run: dryRun } = body;
  return { endpoint, fromMs, toMs, dryRun };
}

function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  where: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ApiError("bad_data", `${v.getDotPath(issue) ?? where}: ${reasonOf(issue)}`);
}

/** In the words of the schemas above where they have some. */
function reasonOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === "check") return issue.message;
  const length = issue.type.endsWith("_length") ? "a length of " : "";
  const got = length + issue.received.slice(0, NAME_LENGTH_MAX);
  if (issue.type !== "strict_object") return `got ${got}, ${issue.message}`;
  if (issue.expected === "never") return "unknown key";
  return issue.received === "undefined" ? "missing" : `got ${got}, expected an object`;
}

function parse(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError("bad_data", `the body is no JSON: ${(error as Error).message}`);
  }
}

async function readText(
  { readChunks }: Incoming,
  { budget, clock }: ActionBodyDependencies,
): Promise<string> {
  if (!budget.take(ACTION_BYTES_MAX)) {
    throw new ApiError("unavailable", "too many requests at once; come again");
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    await readBody(readChunks, (chunk) => {
      bytes += chunk.length;
      if (bytes > ACTION_BYTES_MAX) {
        const message = `the body has more than ${ACTION_BYTES_MAX} bytes`;
        throw new ApiError("too_large", message);
      }
      // A server may write the next chunk where this one is.
      chunks.push(chunk.slice());
    }, clock);
    return new TextDecoder("utf-8", { fatal: true }).decode(joined(chunks, bytes));
  } catch (error) {
    if (error instanceof UnreadBodyError) throw new ApiError("timeout", error.message);
    if (error instanceof TypeError) throw new ApiError("bad_data", "the body is no UTF-8");
    throw error;
  } finally {
    budget.give(ACTION_BYTES_MAX);
  }
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
