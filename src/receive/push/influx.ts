/** `POST /write` and `/api/v2/write`, as Telegraf writes to InfluxDB 1 and 2. */
import { WalqError } from "../../errors.ts";
import { extraLabels } from "./extra_labels.ts";
import { readLines } from "./influx_lines.ts";
import { precisionOf } from "./influx_value.ts";
import type { MadeRequest, PushProtocol, ReadPush } from "./protocol.ts";

type Failure = PushProtocol["fail"];

/** To `/write`. What is told of a failure has words by which Telegraf knows that it is about the data. */
export function influxV1(): PushProtocol {
  return { kind: "influx", open, succeed: noContent, fail: failV1 };
}

/** To `/api/v2/write`. */
export function influxV2(): PushProtocol {
  return { kind: "influx", open, succeed: noContent, fail: failV2 };
}

function noContent(): Response {
  return new Response(null, { status: 204 });
}

function open({ url }: Request, nowMs: number): ReadPush {
  const { searchParams } = new URL(url);
  const given = searchParams.get("precision") ?? "";
  const precision = precisionOf(given);
  if (precision === undefined) {
    const got = JSON.stringify(given.slice(0, 20));
    throw new WalqError(
      "INVALID_REQUEST",
      `Got precision ${got}, expected ns, us, ms, s, m or h`,
    );
  }
  const db = searchParams.get("db") ?? "";
  const rules = {
    precision,
    nowMs,
    labels: extraLabels(searchParams),
    defaults: new Map(db === "" ? [] : [["db", db]]),
  };
  return (body): MadeRequest => {
    const { bytes, lines, wrongLines, firstWrong, strings } = readLines(body, rules);
    const leftOut = { line: wrongLines, string: strings };
    if (firstWrong === undefined) return { bytes, leftOut };
    const problem = `${firstWrong} (${wrongLines} of ${lines} lines were left out)`;
    return { bytes, leftOut, problem };
  };
}

const JSON_TYPE = "application/json; charset=utf-8";

export const failV1: Failure = (status, message, headers) => {
  const isData = status === 400 || status === 413;
  const error = isData ? `partial write: unable to parse or keep all of it: ${message}` : message;
  const all = { "content-type": JSON_TYPE, "x-influxdb-error": headerText(error), ...headers };
  return new Response(JSON.stringify({ error }), { status, headers: all });
};

const CODES: Readonly<Record<number, string>> = {
  400: "invalid",
  413: "request too large",
  415: "invalid",
  503: "unavailable",
};

const failV2: Failure = (status, message, headers) => {
  const code = CODES[status] ?? "internal error";
  const all = { "content-type": JSON_TYPE, ...headers };
  return new Response(JSON.stringify({ code, message }), { status, headers: all });
};

/** What a header can hold. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 400);
}
