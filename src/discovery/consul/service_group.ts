import type { TargetGroup } from "../../contracts.ts";
import type { ConsulDiscovery } from "../../options/resolved_scrape.ts";
import type { Labels } from "../../types.ts";
import { hostPort, labelsOf } from "../label_text.ts";
import type { HealthCheck, ServiceInstance } from "./api.ts";

/** The targets that a service has (discovery/consul). */
export function serviceGroup(
  service: string,
  instances: readonly ServiceInstance[],
  datacenter: string,
  { tagSeparator }: Pick<ConsulDiscovery, "tagSeparator">,
): TargetGroup {
  return {
    source: service,
    targets: instances.map((instance) => targetOf(instance, tagSeparator)),
    labels: { __meta_consul_service: service, __meta_consul_dc: datacenter },
  };
}

function targetOf({ Node, Service, Checks }: ServiceInstance, separator: string): Labels {
  const { Address = "", Port = 0, Tags, ID = "", Namespace = "", Partition = "" } = Service;
  const nodeAddress = Node.Address ?? "";
  return {
    // It may be registered by a node that it does not run on.
    __address__: hostPort(Address === "" ? nodeAddress : Address, Port),
    __meta_consul_address: nodeAddress,
    __meta_consul_node: Node.Node ?? "",
    // With the separator at both ends, so that a rule need not mind which tag is the first.
    __meta_consul_tags: separator + (Tags ?? []).join(separator) + separator,
    __meta_consul_namespace: Namespace,
    __meta_consul_partition: Partition,
    __meta_consul_service_address: Address,
    __meta_consul_service_port: String(Port),
    __meta_consul_service_id: ID,
    __meta_consul_health: healthOf(Checks ?? []),
    ...labelsOf("__meta_consul_metadata_", Node.Meta),
    ...labelsOf("__meta_consul_service_metadata_", Service.Meta),
    ...labelsOf("__meta_consul_tagged_address_", Node.TaggedAddresses),
  };
}

/** The worst of all checks, as Consul's own client sums them up. */
function healthOf(checks: readonly HealthCheck[]): string {
  const isMaintenance = checks.some(({ CheckID = "" }) =>
    CheckID === "_node_maintenance" || CheckID.startsWith("_service_maintenance:")
  );
  if (isMaintenance) return "maintenance";
  const statuses = new Set(checks.map(({ Status = "" }) => Status));
  if ([...statuses].some((status) => !KNOWN.includes(status))) return "";
  return KNOWN.find((status) => statuses.has(status)) ?? "passing";
}

/** The worst first. */
const KNOWN: readonly string[] = ["critical", "warning", "passing"];
