/** `PUT` and `POST /metrics/job/<job>...`, as clients of the Pushgateway ask. */
import { MessageWriter } from "../../protobuf.ts";
import { groupingOf } from "./grouping.ts";
import type { PageIntake } from "./page_intake.ts";
import { plainFailure } from "./plain_failure.ts";
import type { MadeRequest, PushProtocol, ReadPush } from "./protocol.ts";

const PUSH_TIME = "push_time_seconds";
const PUSH_TIME_HELP = "When the group was last pushed, since the epoch.";
// Fields of a WriteRequest and of what is in it (prompb), and the type of the metric.
const TIMESERIES = 1;
const METADATA = 3;
const LABELS = 1;
const SAMPLES = 2;
const GAUGE = 2;

export function pushgateway(pages: PageIntake): PushProtocol {
  return {
    kind: "pushgateway",
    open: (request, nowMs) => open(request, nowMs, pages),
    succeed: () => new Response(null, { status: 200 }),
    fail: plainFailure,
  };
}

function open({ url, headers }: Request, nowMs: number, pages: PageIntake): ReadPush {
  const labels = groupingOf(new URL(url).pathname);
  const protocol = isProtobuf(headers.get("content-type") ?? "")
    ? "PrometheusProto"
    : "PrometheusText0.0.4";
  const rules = {
    protocol,
    scrapedMs: nowMs,
    honorTimestamps: false,
    refusesTimestamps: true,
  } as const;
  return (body, queue) =>
    withPushTime(
      pages.read(body, { rules, labels, refusesDuplicates: true }, queue),
      labels,
      nowMs,
    );
}

/** What else there may be is text, as for the Pushgateway. */
function isProtobuf(contentType: string): boolean {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  const given = new Map(parameters.map((parameter): [string, string] => {
    const [name = "", value = ""] = parameter.split("=", 2);
    return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1")];
  }));
  return type.toLowerCase() === "application/vnd.google.protobuf" &&
    given.get("encoding") === "delimited" &&
    given.get("proto") === "io.prometheus.client.MetricFamily";
}

/** The group's own metric, as the Pushgateway shows it. */
function withPushTime(
  made: MadeRequest,
  labels: ReadonlyMap<string, string>,
  nowMs: number,
): MadeRequest {
  const series = new MessageWriter();
  for (const [name, value] of [["__name__", PUSH_TIME] as const, ...labels]) {
    if (value !== "") series.message(LABELS, new MessageWriter().text(1, name).text(2, value));
  }
  series.message(SAMPLES, new MessageWriter().double(1, nowMs / 1000).number(2, nowMs));
  const metadata = new MessageWriter().number(1, GAUGE).text(2, PUSH_TIME).text(4, PUSH_TIME_HELP);
  const own = new MessageWriter().message(TIMESERIES, series).message(METADATA, metadata).finish();
  const bytes = new Uint8Array(made.bytes.length + own.length);
  bytes.set(made.bytes);
  bytes.set(own, made.bytes.length);
  return { ...made, bytes };
}

/** A group that is deleted: none is kept, so there is nothing to delete, and nothing to say that it ended. */
export function deleteGroup(request: Request): Response {
  try {
    groupingOf(new URL(request.url).pathname);
  } catch (error) {
    return plainFailure(400, (error as Error).message, {});
  }
  const text = "walq keeps no groups: what was pushed was sent as it came, nothing was deleted, " +
    "and no stale markers were written; its series end by themselves, five minutes after the " +
    "last push\n";
  return new Response(text, { status: 202 });
}
