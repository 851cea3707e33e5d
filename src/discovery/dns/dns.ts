import type { Discovery, TargetGroup } from "../../contracts.ts";
import { messageOf } from "../../errors.ts";
import type { DnsDiscovery } from "../../options/resolved_scrape.ts";
import type { Labels } from "../../types.ts";
import type { DiscoveryDependencies } from "../dependencies.ts";
import { FailureLog } from "../failure_log.ts";
import { hostPort } from "../label_text.ts";
import { emptyGroup, RefreshedDiscovery } from "../refresh.ts";
import { lookUp } from "./lookup.ts";
import type { DnsRecord } from "./message.ts";

/** Each question has a socket of its own, and listens to the same signal: Node complains of more than ten. */
const LOOKUPS_AT_ONCE_MAX = 8;

/** Targets in the domain name system. A name that cannot be looked up keeps those it had. */
export function dnsDiscoverer(
  options: DnsDiscovery,
  dependencies: DiscoveryDependencies,
): Discovery {
  const names = new Map(options.names.map((name) => [name, emptyGroup(name)]));
  const failures = new FailureLog(dependencies.logger, dependencies.platform.clock);
  const look = async (name: string, signal: AbortSignal): Promise<void> => {
    const { platform, stats } = dependencies;
    stats.count("dns_lookups");
    try {
      const records = await lookUp(name, options.type, platform, signal);
      names.set(name, groupOf(name, records, options.port));
    } catch (error) {
      if (signal.aborted) return;
      stats.count("dns_lookup_failures");
      const message = "cannot look up a name; the targets it had stay in force";
      failures.tell(message, messageOf(error), { name, type: options.type });
    }
  };
  return new RefreshedDiscovery({
    mechanism: "dns",
    shown: options.names.join(", "),
    intervalMs: options.refreshIntervalMs,
    list: async (signal) => {
      const waiting = [...names.keys()];
      const lookAll = async (): Promise<void> => {
        for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
          await look(name, signal);
        }
      };
      await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE_MAX }, lookAll));
      return [...names.values()];
    },
  }, dependencies);
}

function groupOf(name: string, records: readonly DnsRecord[], port: number): TargetGroup {
  const targets = records.map((record): Labels => ({
    __address__: addressOf(record, port),
    __meta_dns_name: name,
    // With the dot at its end, as the record has it.
    __meta_dns_srv_record_target: record.type === "SRV" ? `${record.target}.` : "",
    __meta_dns_srv_record_port: record.type === "SRV" ? String(record.port) : "",
    __meta_dns_mx_record_target: record.type === "MX" ? `${record.target}.` : "",
    __meta_dns_ns_record_target: record.type === "NS" ? `${record.target}.` : "",
  }));
  return { source: name, targets, labels: {} };
}

function addressOf(record: DnsRecord, port: number): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return hostPort(record.address, port);
    case "SRV":
      return hostPort(record.target, record.port);
    default:
      return hostPort(record.target, port);
  }
}
