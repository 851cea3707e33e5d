import * as v from "valibot";
import type { DropChoice, ReplayChoice, RetryChoice } from "../../contracts.ts";
import { isObject } from "../../is_object.ts";
import { jsonFault } from "../../json_fault.ts";
import type { Incoming } from "../host.ts";
import { ApiError } from "./answers.ts";
import { type BodyDependencies, readText } from "./body_text.ts";

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

const YES_OR_NO = v.boolean("expected true or false");

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
  future: v.optional(YES_OR_NO),
  dry_run: v.optional(YES_OR_NO),
});

const REPLAY = v.pipe(
  v.strictObject({
    endpoint: v.optional(NAME),
    from_ms: TIME_MS,
    to_ms: TIME_MS,
    dry_run: v.optional(YES_OR_NO),
  }),
  v.check(({ from_ms, to_ms }) => from_ms < to_ms, "expected from_ms before to_ms"),
);

/** For messages. */
const EXAMPLES: ReadonlyMap<v.GenericSchema, string> = new Map<v.GenericSchema, string>([
  [RETRY, '{"endpoint":"mimir"}, or {} for all'],
  [DROP, '{"before_ms":1793000000000}'],
  [REPLAY, '{"from_ms":1793000000000,"to_ms":1793003600000}'],
]);

const ENDPOINT = v.optional(NAME);

/**
 * What the parameter `endpoint` says; undefined for all.
 *
 * @throws {ApiError} that names it.
 */
export function endpointParam(text: string | undefined): string | undefined {
  return checked(ENDPOINT, text, "endpoint");
}

/**
 * Which refused requests are to be sent again: all of them for `{}`.
 *
 * @throws {ApiError} that names the field, what was got and what was wanted; the others, too.
 */
export async function readRetry(
  incoming: Incoming,
  dependencies: BodyDependencies,
): Promise<RetryChoice> {
  return await readBody(RETRY, incoming, dependencies);
}

/** What is to be skipped. */
export async function readDrop(
  incoming: Incoming,
  dependencies: BodyDependencies,
): Promise<DropChoice> {
  const body = await readBody(DROP, incoming, dependencies);
  const { endpoint, before_ms: beforeMs, future, dry_run: dryRun } = body;
  return { endpoint, beforeMs, future, dryRun };
}

/** What is to be sent once more. */
export async function readReplay(
  incoming: Incoming,
  dependencies: BodyDependencies,
): Promise<ReplayChoice> {
  const body = await readBody(REPLAY, incoming, dependencies);
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
  // No field has an empty name: it would not be seen in the message.
  const path = v.getDotPath(issue) ?? where;
  const shown = path === "" ? `${where}, the key ""` : path;
  throw new ApiError("bad_data", `${shown}: ${reasonOf(issue)}`);
}

/** In the words of the schemas above where they have some. */
function reasonOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === "check") return issue.message;
  const length = issue.type.endsWith("_length") ? "a length of " : "";
  const got = length + issue.received.slice(0, NAME_LENGTH_MAX);
  if (issue.type !== "strict_object") return `got ${got}, ${issue.message}`;
  return issue.expected === "never" ? "unknown key" : "missing";
}

async function readBody<Schema extends v.GenericSchema>(
  schema: Schema,
  incoming: Incoming,
  dependencies: BodyDependencies,
): Promise<v.InferOutput<Schema>> {
  const text = await readText(incoming, dependencies, ACTION_BYTES_MAX);
  const example = "expected an object such as " + EXAMPLES.get(schema);
  // Whoever forgot the body did not say "all".
  if (text.trim() === "") throw new ApiError("bad_data", `the body: got none, ${example}`);
  const body = parse(text);
  // To the schema a list is an object without the keys: what may be left out would be.
  if (!isObject(body)) {
    const got = Array.isArray(body) ? "a list" : body === null ? "null" : `a ${typeof body}`;
    throw new ApiError("bad_data", `the body: got ${got}, ${example}`);
  }
  return checked(schema, body, "the body");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("bad_data", `the body is no JSON: ${jsonFault(text)}`);
  }
}
