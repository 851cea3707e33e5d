/** Where pushes of text knock, in the program and in the library's receiver alike. */
import type { Context, Env, Hono } from "hono";
import { allowOnly } from "../allow_only.ts";
import type { IncomingBody } from "../incoming.ts";
import type { PushRoute } from "./pushes.ts";
import type { PushDependencies } from "./receive_push.ts";

/** Behind it a path of the Pushgateway gives labels. */
const IMPORT_PATH = "/api/v1/import/prometheus";
const GROUPS: readonly string[] = ["/metrics/job/", "/metrics/job@base64/"];
const INFLUX_PREFIXES: readonly string[] = ["", "/influx"];

/** The paths that take data, without a prefix; behind those that end with a slash more follows. */
export const PUSH_PATHS: readonly string[] = [
  IMPORT_PATH,
  ...GROUPS,
  ...GROUPS.map((path) => IMPORT_PATH + path),
  ...INFLUX_PREFIXES.flatMap((prefix) => [`${prefix}/write`, `${prefix}/api/v2/write`]),
];

/** Whether a path, without a prefix, is one that takes data. */
export function isPushPath(path: string): boolean {
  return PUSH_PATHS.some((one) => one.endsWith("/") ? path.startsWith(one) : path === one);
}

/** What the routes work with. */
export interface PushRoutes {
  readonly dependencies: PushDependencies;
  /** Answers with the body of a request, by the way that costs least where it comes from. */
  readonly withBody: (
    request: Request,
    env: unknown,
    answer: (request: Request, incoming: IncomingBody) => Promise<Response>,
  ) => Promise<Response>;
}

/** Adds the routes to an app. What reads pushes is loaded with the first one. */
export function routePushes<E extends Env>(
  app: Hono<E>,
  { dependencies, withBody }: PushRoutes,
): void {
  const load = async () => (await import("./pushes.ts")).makePushes(dependencies);
  let loaded: ReturnType<typeof load> | undefined;
  const on = (path: string, methods: readonly string[], route: PushRoute): void => {
    const answer = (c: Context<E>): Promise<Response> =>
      withBody(
        c.req.raw,
        c.env,
        async (request, incoming) => await (await (loaded ??= load()))[route](request, incoming),
      );
    app.on([...methods], path, answer);
  };
  on(IMPORT_PATH, ["POST"], "import");
  allowOnly(app, IMPORT_PATH, "POST");
  for (const path of GROUPS) {
    on(`${IMPORT_PATH}${path}*`, ["POST", "PUT"], "import");
    allowOnly(app, `${IMPORT_PATH}${path}*`, "POST, PUT");
    on(`${path}*`, ["POST", "PUT"], "group");
    on(`${path}*`, ["DELETE"], "delete");
    allowOnly(app, `${path}*`, "DELETE, POST, PUT");
  }
  for (const prefix of INFLUX_PREFIXES) {
    for (const [path, route] of [["/write", "influxV1"], ["/api/v2/write", "influxV2"]] as const) {
      on(prefix + path, ["POST"], route);
      allowOnly(app, prefix + path, "POST");
    }
    on(`${prefix}/query`, ["GET", "POST"], "query");
    allowOnly(app, `${prefix}/query`, "GET, HEAD, POST");
    on(`${prefix}/ping`, ["GET", "HEAD"], "ping");
    on(`${prefix}/health`, ["GET"], "health");
    for (const path of ["/ping", "/health"]) allowOnly(app, prefix + path, "GET, HEAD");
  }
}
