import type { ScrapeProtocol } from "../../../contracts.ts";
import { check } from "../../checks.ts";
import { choice, kindOf } from "../../kinds.ts";
import type { Kind } from "../../table.ts";

/** In the order in which they are asked for where nothing else is said. */
const PROTOCOLS = [
  "PrometheusProto",
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
] as const satisfies readonly ScrapeProtocol[];

/** With native histograms, which no text has. */
export const PROTO_FIRST: readonly ScrapeProtocol[] = PROTOCOLS;
/** Without. */
export const TEXT_ONLY: readonly ScrapeProtocol[] = PROTOCOLS.slice(1);

/** One format. */
export function protocol(): Kind<ScrapeProtocol, ScrapeProtocol> {
  return choice("ScrapeProtocol", PROTOCOLS);
}

/** Formats, the most wanted first. */
export function protocols(): Kind<readonly ScrapeProtocol[], readonly ScrapeProtocol[]> {
  const known: readonly unknown[] = PROTOCOLS;
  const sound = (input: unknown): readonly ScrapeProtocol[] | undefined => {
    if (!Array.isArray(input) || input.length === 0) return undefined;
    const isEach = input.every((one) => known.includes(one));
    return isEach && new Set(input).size === input.length ? input : undefined;
  };
  const wanted = check(`a list of each of ${PROTOCOLS.join(", ")} at most once`, sound);
  const type = "readonly ScrapeProtocol[]";
  return {
    ...kindOf<readonly ScrapeProtocol[], readonly ScrapeProtocol[]>(wanted, type, "texts"),
    texts: PROTOCOLS,
  };
}
