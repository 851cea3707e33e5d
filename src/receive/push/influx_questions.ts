/** What clients of InfluxDB ask before they write. */
import { readBody } from "../read_body.ts";
import type { IncomingBody } from "../incoming.ts";
import { statusOf } from "../receive.ts";
import { messageOf } from "../../errors.ts";
import { RETRY_AFTER_SECONDS } from "../retry_after.ts";
import { failV1 } from "./influx.ts";
import { bodyOf, type PushDependencies } from "./receive_push.ts";

/** Clients look for a version whose protocol they know. */
const VERSION_HEADERS = { "x-influxdb-version": "1.8.0-walq", "x-influxdb-build": "OSS" };

export function answerPing(): Response {
  return new Response(null, { status: 204, headers: VERSION_HEADERS });
}

export function answerHealth(isReady: boolean): Response {
  const status = isReady ? "pass" : "fail";
  const message = isReady ? "ready for queries and writes" : "starting or stopping";
  return Response.json({ name: "walq", message, status }, { status: isReady ? 200 : 503 });
}

/** Databases are labels: whoever makes one is told that it is there. Nothing else can be asked. */
export async function answerQuery(
  request: Request,
  incoming: IncomingBody,
  dependencies: PushDependencies,
): Promise<Response> {
  try {
    const query = new URL(request.url).searchParams.get("q") ??
      new URLSearchParams(await textOf(request, incoming, dependencies)).get("q") ?? "";
    if (/^\s*create\s+database\b/i.test(query)) {
      return Response.json({ results: [{ statement_id: 0 }] }, { headers: VERSION_HEADERS });
    }
    const got = JSON.stringify(query.slice(0, 100));
    const error = `got the query ${got}, expected CREATE DATABASE: walq answers no other`;
    return Response.json({ error }, { status: 400 });
  } catch (error) {
    const status = statusOf(error);
    const headers = status === 503 ? { "retry-after": String(RETRY_AFTER_SECONDS) } : {};
    return failV1(
      status,
      status === 500 ? "internal error" : messageOf(error),
      headers as Record<string, string>,
    );
  }
}

async function textOf(
  request: Request,
  { readChunks }: IncomingBody,
  dependencies: PushDependencies,
): Promise<string> {
  const body = bodyOf(request, dependencies);
  try {
    await readBody(readChunks, (chunk) => body.take(chunk), dependencies.clock);
    return new TextDecoder().decode(body.finish());
  } finally {
    body.release();
  }
}
