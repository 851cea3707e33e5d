import { block, defaulted, required } from "../../block.ts";
import type { CheckedDnsDiscovery } from "../../checked_scrape.ts";
import { type Broken, check } from "../../checks.ts";
import { filled, integer, kindOf, list } from "../../kinds.ts";
import type { DnsRecordType } from "../../resolved_scrape.ts";
import type { Kind, ProgramBlock } from "../../table.ts";
import { refreshInterval } from "./refresh.ts";

const TYPES: readonly DnsRecordType[] = ["SRV", "A", "AAAA", "MX", "NS"];

function recordType(): Kind<DnsRecordType, DnsRecordType> {
  const sound = (input: unknown): DnsRecordType | undefined =>
    typeof input === "string" ? TYPES.find((one) => one === input.toUpperCase()) : undefined;
  const one = check(`one of ${TYPES.join(", ")}`, sound);
  return { ...kindOf<DnsRecordType, DnsRecordType>(one, "DnsRecordType", "text"), texts: TYPES };
}

/** One of `dns_sd_configs`. */
export const DNS: ProgramBlock<CheckedDnsDiscovery> = block(
  "DnsDiscovery",
  "Targets in the domain name system.",
  {
    names: required(list(filled(), "name", { min: 1, max: 1_000 }), {
      doc: "The names that are asked for.",
    }),
    type: defaulted(recordType(), "SRV", { doc: "The type of record, in any letter case." }),
    port: defaulted(integer(0, 65_535), 0, {
      doc: "The port of the targets; needed for all types but `SRV`, whose records have it.",
    }),
    refreshInterval: refreshInterval("30s"),
  },
  { rule: portIsKnown },
);

function* portIsKnown({ type, port }: CheckedDnsDiscovery): Generator<Broken> {
  if (type !== "SRV" && port === 0) {
    yield ["port", `missing, expected one: records of the type ${type} have none`];
  }
}
