/** Answers of Prometheus's HTTP API. */

/** Why a question is not answered, as Prometheus calls it, each with its status. */
const STATUSES = {
  bad_data: 400,
  forbidden: 403,
  not_found: 404,
  timeout: 408,
  too_large: 413,
  internal: 500,
  unavailable: 503,
} as const;

const HEADERS = { "content-type": "application/json" };

/** A question that cannot be answered as it is. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly kind: keyof typeof STATUSES;

  constructor(kind: keyof typeof STATUSES, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Answers with what `answer` returns, or with the error that it throws. */
export function respond(answer: () => unknown): Response {
  try {
    return success(answer());
  } catch (error) {
    return failure(error);
  }
}

/** The same for what takes a while. */
export async function respondLater(answer: () => Promise<unknown>): Promise<Response> {
  try {
    return success(await answer());
  } catch (error) {
    return failure(error);
  }
}

function success(data: unknown): Response {
  return new Response(JSON.stringify({ status: "success", data }), { headers: HEADERS });
}

function failure(error: unknown): Response {
  if (!(error instanceof ApiError)) throw error;
  const { kind: errorType, message } = error;
  const body = JSON.stringify({ status: "error", errorType, error: message });
  return new Response(body, { status: STATUSES[errorType], headers: HEADERS });
}

/** A parameter that is a whole number; undefined when it is not given. */
export function numberParam(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name);
  if (text === null || text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw new ApiError("bad_data", `${name} must be a number`);
  return Number(text);
}
