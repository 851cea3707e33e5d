/** `POST /api/v1/import/prometheus`, as VictoriaMetrics has it. */
import type { ScrapeProtocol } from "../../contracts.ts";
import { WalqError } from "../../errors.ts";
import { unitFault } from "../../time_unit.ts";
import { extraLabels } from "./extra_labels.ts";
import { groupingOf } from "./grouping.ts";
import type { PageIntake } from "./page_intake.ts";
import type { PushProtocol, ReadPush } from "./protocol.ts";
import { plainFailure } from "./plain_failure.ts";

export function prometheusImport(pages: PageIntake): PushProtocol {
  return {
    kind: "prometheus",
    open: (request, nowMs) => open(request, nowMs, pages),
    succeed: () => new Response(null, { status: 204 }),
    fail: plainFailure,
  };
}

function open({ url, headers }: Request, nowMs: number, pages: PageIntake): ReadPush {
  const { pathname, searchParams } = new URL(url);
  const isGrouped = /\/metrics\/job(?:@base64)?\//.test(pathname);
  const group = isGrouped ? groupingOf(pathname) : new Map<string, string>();
  const labels = new Map([...group, ...extraLabels(searchParams)]);
  const scrapedMs = timestampOf(searchParams.get("timestamp")) ?? nowMs;
  const contentType = headers.get("content-type") ?? "";
  return (body, queue) => {
    const protocol = protocolOf(contentType, body);
    const rules = { protocol, scrapedMs, honorTimestamps: true };
    return pages.read(body, { rules, labels, refusesDuplicates: false }, queue);
  };
}

/** Of all lines without one, in milliseconds; 0 and less is now. */
function timestampOf(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  const timestampMs = Number(text);
  if (!/^-?\d{1,20}$/.test(text)) {
    const got = JSON.stringify(text.slice(0, 40));
    throw new WalqError("INVALID_REQUEST", `Got timestamp ${got}, expected whole milliseconds`);
  }
  const fault = unitFault(timestampMs);
  if (fault !== undefined) throw new WalqError("INVALID_REQUEST", `Got timestamp ${fault}`);
  return timestampMs > 0 ? timestampMs : undefined;
}

const END = [..."# EOF"].map((character) => character.charCodeAt(0));

/** What says that it is OpenMetrics is, and what says nothing and ends as that must. */
function protocolOf(contentType: string, body: Uint8Array): ScrapeProtocol {
  if (/^\s*application\/openmetrics-text\b/i.test(contentType)) return "OpenMetricsText1.0.0";
  if (/^\s*text\/plain\b/i.test(contentType)) return "PrometheusText0.0.4";
  const end = body.at(-1) === 0x0a ? body.length - 1 : body.length;
  const isEnded = END.every((byte, index) => body[end - END.length + index] === byte);
  return isEnded ? "OpenMetricsText1.0.0" : "PrometheusText0.0.4";
}
