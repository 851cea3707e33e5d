/** kubernetes_sd_configs: the targets and labels of each role, and when they are made anew. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TargetGroup } from "../../src/contracts.ts";
import type { ApiObject } from "./kubernetes_api.ts";
import {
  ENDPOINTS,
  ENDPOINTS_PATH,
  INGRESS,
  INGRESSES_PATH,
  JOBS_PATH,
  NAMESPACE,
  NAMESPACE_LABELS,
  NAMESPACES_PATH,
  NODE,
  NODE_LABELS,
  NODES_PATH,
  OTHER_PORTS,
  POD,
  POD_LABELS,
  PODS_PATH,
  REPLICA_SET,
  REPLICA_SETS_PATH,
  SERVICE,
  SERVICE_LABELS,
  SERVICES_PATH,
  SLICE,
  SLICES_PATH,
  WEB_PORT_LABELS,
} from "./kubernetes_objects.ts";
import { NOTHING_ATTACHED, type Scene, started } from "./kubernetes_support.ts";

function only({ harness }: Scene): TargetGroup {
  const groups = [...harness.groups.values()];
  assert.equal(groups.length, 1);
  return groups[0]!;
}

/** The object with a part of it replaced. */
function changed(object: ApiObject, part: string, values: Record<string, unknown>): ApiObject {
  return { ...object, [part]: { ...object[part] as Record<string, unknown>, ...values } };
}

describe("Kubernetes discovery", () => {
  it("makes a target of each node, by the first kind of address that it has", async () => {
    // Namespaces are nothing to nodes.
    const options = { role: "node", namespaces: ["a", "b"] } as const;
    const scene = await started(options, (api) => api.put(NODES_PATH, NODE));
    assert.deepEqual(only(scene), {
      source: "node/node-1",
      targets: [{
        __address__: "10.0.0.1:10250",
        instance: "node-1",
        __meta_kubernetes_node_address_Hostname: "node-1.internal",
        __meta_kubernetes_node_address_InternalIP: "10.0.0.1",
        __meta_kubernetes_node_address_ExternalIP: "1.2.3.4",
      }],
      labels: {
        __meta_kubernetes_node_provider_id: "aws:///eu-west-1a/i-1",
        __meta_kubernetes_node_condition_ready: "true",
        __meta_kubernetes_node_condition_diskpressure: "unknown",
        ...NODE_LABELS,
      },
    });
    const addresses = [{ type: "Hostname", address: "fd00::2" }];
    scene.api.put(NODES_PATH, changed(NODE, "status", { addresses }));
    await scene.harness.pass(0);
    assert.deepEqual(scene.harness.addresses, ["[fd00::2]:10250"]);
    scene.api.put(NODES_PATH, changed(NODE, "status", { addresses: [] }));
    await scene.harness.pass(0);
    assert.deepEqual(scene.harness.addresses, []);
    await scene.harness.stop();
  });

  it("makes a target of each port of a service, by its type", async () => {
    const attachMetadata = { ...NOTHING_ATTACHED, namespace: true };
    const scene = await started({ role: "service", attachMetadata }, (api) => {
      api.put(SERVICES_PATH, SERVICE);
      api.put(NAMESPACES_PATH, NAMESPACE);
    });
    const { api, harness } = scene;
    const target = {
      __address__: "web.shop.svc:80",
      __meta_kubernetes_service_port_name: "http",
      __meta_kubernetes_service_port_number: "80",
      __meta_kubernetes_service_port_protocol: "TCP",
    };
    assert.deepEqual(only(scene), {
      source: "svc/shop/web",
      targets: [{
        ...target,
        __meta_kubernetes_service_type: "ClusterIP",
        __meta_kubernetes_service_cluster_ip: "10.9.0.1",
      }],
      labels: { ...SERVICE_LABELS, ...NAMESPACE_LABELS },
    });
    api.put(
      SERVICES_PATH,
      changed(SERVICE, "spec", { type: "LoadBalancer", loadBalancerIP: "1.1.1.1" }),
    );
    await harness.pass(0);
    assert.deepEqual(only(scene).targets, [{
      ...target,
      __meta_kubernetes_service_type: "LoadBalancer",
      __meta_kubernetes_service_cluster_ip: "10.9.0.1",
      __meta_kubernetes_service_loadbalancer_ip: "1.1.1.1",
    }]);
    const ingress = [{ ip: "2.2.2.2" }, { hostname: "x" }, { ip: "3.3.3.3" }];
    const spec = { ...SERVICE["spec"] as Record<string, unknown>, type: "LoadBalancer" };
    api.put(SERVICES_PATH, { ...SERVICE, spec, status: { loadBalancer: { ingress } } });
    await harness.pass(0);
    const ips = harness.targets[0]?.["__meta_kubernetes_service_loadbalancer_ip"];
    assert.equal(ips, "2.2.2.2,3.3.3.3");
    api.put(
      SERVICES_PATH,
      changed(SERVICE, "spec", { type: "ExternalName", externalName: "x.org" }),
    );
    await harness.pass(0);
    assert.deepEqual(only(scene).targets, [{
      ...target,
      __meta_kubernetes_service_type: "ExternalName",
      __meta_kubernetes_service_external_name: "x.org",
    }]);
    api.remove(SERVICES_PATH, SERVICE);
    await harness.pass(0);
    assert.deepEqual(harness.groups.size, 0);
    await harness.stop();
  });

  it("makes a target of each port of a pod, and of each container without one", async () => {
    const scene = await started({ role: "pod" }, (api) => api.put(PODS_PATH, POD));
    const { api, harness } = scene;
    const [, proxy] = OTHER_PORTS;
    const ofProxy = Object.fromEntries(
      Object.entries(proxy!).filter(([name]) => !(name in POD_LABELS)),
    );
    assert.deepEqual(only(scene), {
      source: "pod/shop/web-5f7-abc",
      targets: [
        {
          __address__: "10.1.0.7:8080",
          __meta_kubernetes_pod_container_id: "containerd://web1",
          ...WEB_PORT_LABELS,
        },
        {
          __address__: "10.1.0.7:9090",
          __meta_kubernetes_pod_container_id: "containerd://web1",
          ...WEB_PORT_LABELS,
          __meta_kubernetes_pod_container_port_name: "metrics",
          __meta_kubernetes_pod_container_port_number: "9090",
        },
        {
          __address__: "10.1.0.7",
          __meta_kubernetes_pod_container_name: "helper",
          __meta_kubernetes_pod_container_id: "",
          __meta_kubernetes_pod_container_image: "helper:1",
          __meta_kubernetes_pod_container_init: "false",
        },
        { ...ofProxy, __meta_kubernetes_pod_container_id: "containerd://proxy1" },
      ],
      labels: { ...POD_LABELS, __meta_kubernetes_namespace: "shop" },
    });
    // It has no address any more, or not yet.
    api.put(PODS_PATH, changed(POD, "status", { podIP: "", phase: "Failed" }));
    await harness.pass(0);
    assert.equal(harness.groups.size, 0);
    api.put(PODS_PATH, changed(POD, "status", { conditions: [] }));
    await harness.pass(0);
    assert.equal(harness.targets[0]?.["__meta_kubernetes_pod_ready"], "unknown");
    await harness.stop();
  });

  it("attaches node, namespace and controllers to pods, and follows their changes", async () => {
    const attachMetadata = {
      node: true,
      namespace: true,
      deployment: true,
      job: true,
      cronjob: true,
    };
    const JOB_POD: ApiObject = {
      ...POD,
      metadata: {
        ...POD.metadata,
        name: "batch",
        ownerReferences: [{ kind: "Job", name: "nightly-1", controller: true }],
      },
    };
    const scene = await started({ role: "pod", attachMetadata }, (api) => {
      api.put(PODS_PATH, POD, JOB_POD);
      api.put(NODES_PATH, NODE);
      api.put(NAMESPACES_PATH, NAMESPACE);
      api.put(REPLICA_SETS_PATH, REPLICA_SET);
      api.put(JOBS_PATH, {
        metadata: {
          name: "nightly-1",
          namespace: "shop",
          ownerReferences: [{ kind: "CronJob", name: "nightly", controller: true }],
        },
      });
    });
    const { api, harness } = scene;
    assert.deepEqual(harness.groups.get("pod/shop/web-5f7-abc")?.labels, {
      ...POD_LABELS,
      ...NODE_LABELS,
      ...NAMESPACE_LABELS,
      __meta_kubernetes_namespace: "shop",
      __meta_kubernetes_pod_deployment_name: "web",
    });
    const batch = harness.groups.get("pod/shop/batch")!.labels;
    assert.equal(batch["__meta_kubernetes_pod_job_name"], "nightly-1");
    assert.equal(batch["__meta_kubernetes_pod_cronjob_name"], "nightly");
    const { length } = harness.told;
    api.put(NODES_PATH, changed(NODE, "metadata", { labels: { "a.b": "2" } }));
    await harness.pass(0);
    // Both pods are on it, and both are told at once.
    assert.deepEqual(harness.told.slice(length).map((groups) => groups.length), [2]);
    assert.equal(harness.targets[0]?.["__meta_kubernetes_node_label_a_b"], "2");
    // A selector for nodes, perhaps, which takes their pods out with them.
    api.remove(NODES_PATH, NODE);
    await harness.pass(0);
    assert.deepEqual(harness.targets, []);
    await harness.stop();
  });

  it("makes targets of endpoints, and of the other ports of the pods behind them", async () => {
    const attachMetadata = { ...NOTHING_ATTACHED, node: true };
    const scene = await started({ role: "endpoints", attachMetadata }, (api) => {
      api.put(ENDPOINTS_PATH, ENDPOINTS);
      api.put(SERVICES_PATH, SERVICE);
      api.put(PODS_PATH, POD);
      api.put(NODES_PATH, NODE);
    });
    const { api, harness } = scene;
    const port = {
      __meta_kubernetes_endpoint_port_name: "http",
      __meta_kubernetes_endpoint_port_protocol: "TCP",
    };
    assert.deepEqual(only(scene), {
      source: "endpoints/shop/web",
      targets: [
        {
          __address__: "10.1.0.7:8080",
          ...port,
          __meta_kubernetes_endpoint_ready: "true",
          __meta_kubernetes_endpoint_address_target_kind: "Pod",
          __meta_kubernetes_endpoint_address_target_name: "web-5f7-abc",
          __meta_kubernetes_endpoint_node_name: "node-1",
          __meta_kubernetes_endpoint_hostname: "web-0",
          ...NODE_LABELS,
          ...POD_LABELS,
          ...WEB_PORT_LABELS,
        },
        { __address__: "10.1.0.8:8080", ...port, __meta_kubernetes_endpoint_ready: "false" },
        ...OTHER_PORTS,
      ],
      labels: {
        ...SERVICE_LABELS,
        __meta_kubernetes_endpoints_name: "web",
        __meta_kubernetes_endpoints_label_own: "e",
        __meta_kubernetes_endpoints_labelpresent_own: "true",
        __meta_kubernetes_endpoints_annotation_note: "n",
        __meta_kubernetes_endpoints_annotationpresent_note: "true",
      },
    });
    // What they are made with changes, goes, and comes again.
    api.remove(PODS_PATH, POD);
    await harness.pass(0);
    assert.deepEqual(harness.addresses, ["10.1.0.7:8080", "10.1.0.8:8080"]);
    api.put(PODS_PATH, changed(POD, "status", { phase: "Pending", podIP: "" }));
    await harness.pass(0);
    assert.equal(harness.targets.length, 2);
    assert.equal(harness.targets[0]?.["__meta_kubernetes_pod_phase"], "Pending");
    api.remove(SERVICES_PATH, SERVICE);
    await harness.pass(0);
    assert.equal(harness.targets[0]?.["__meta_kubernetes_service_name"], undefined);
    api.put(SERVICES_PATH, SERVICE);
    await harness.pass(0);
    assert.equal(harness.targets[0]?.["__meta_kubernetes_service_name"], "web");
    await harness.stop();
  });

  it("makes targets of endpoint slices, with all that they say", async () => {
    const scene = await started({ role: "endpointslice" }, (api) => {
      api.put(SLICES_PATH, SLICE);
      api.put(SERVICES_PATH, SERVICE);
      api.put(PODS_PATH, POD);
    });
    const { api, harness } = scene;
    const port = {
      __meta_kubernetes_endpointslice_port_name: "http",
      __meta_kubernetes_endpointslice_port_protocol: "TCP",
      __meta_kubernetes_endpointslice_port: "8080",
      __meta_kubernetes_endpointslice_port_app_protocol: "http",
    };
    assert.deepEqual(only(scene), {
      source: "endpointslice/shop/web-x1",
      targets: [
        {
          __address__: "10.1.0.7:8080",
          ...port,
          __meta_kubernetes_endpointslice_endpoint_conditions_ready: "true",
          __meta_kubernetes_endpointslice_endpoint_conditions_serving: "true",
          __meta_kubernetes_endpointslice_endpoint_conditions_terminating: "false",
          __meta_kubernetes_endpointslice_endpoint_hostname: "web-0",
          __meta_kubernetes_endpointslice_endpoint_node_name: "node-1",
          __meta_kubernetes_endpointslice_endpoint_zone: "eu-1a",
          __meta_kubernetes_endpointslice_address_target_kind: "Pod",
          __meta_kubernetes_endpointslice_address_target_name: "web-5f7-abc",
          __meta_kubernetes_endpointslice_endpoint_topology_topology_kubernetes_io_region: "eu-1",
          __meta_kubernetes_endpointslice_endpoint_topology_present_topology_kubernetes_io_region:
            "true",
          ...POD_LABELS,
          ...WEB_PORT_LABELS,
        },
        { __address__: "10.1.0.8:8080", ...port },
        ...OTHER_PORTS,
      ],
      labels: {
        ...SERVICE_LABELS,
        __meta_kubernetes_endpointslice_address_type: "IPv4",
        __meta_kubernetes_endpointslice_name: "web-x1",
        __meta_kubernetes_endpointslice_label_kubernetes_io_service_name: "web",
        __meta_kubernetes_endpointslice_labelpresent_kubernetes_io_service_name: "true",
      },
    });
    // A service with both kinds of addresses has two slices, of which one counts.
    const ipFamilies = ["IPv6", "IPv4"];
    const dual = changed(SERVICE, "spec", { ipFamilyPolicy: "PreferDualStack", ipFamilies });
    api.put(SERVICES_PATH, dual);
    await harness.pass(0);
    assert.deepEqual(harness.addresses, []);
    api.put(SLICES_PATH, {
      ...SLICE,
      addressType: "IPv6",
      endpoints: [{ addresses: ["fd00::7"] }],
    });
    await harness.pass(0);
    assert.deepEqual(harness.addresses, ["[fd00::7]:8080"]);
    api.put(SLICES_PATH, { ...SLICE, metadata: { ...SLICE.metadata, name: "web-x2" } });
    await harness.pass(0);
    assert.deepEqual(harness.addresses, ["[fd00::7]:8080"]);
    api.put(SERVICES_PATH, changed(SERVICE, "spec", { ipFamilyPolicy: "SingleStack", ipFamilies }));
    await harness.pass(0);
    assert.equal(harness.groups.size, 2);
    api.remove(SLICES_PATH, { ...SLICE, metadata: { ...SLICE.metadata, name: "web-x2" } });
    // A port that is not said is any.
    api.put(SLICES_PATH, { ...SLICE, ports: [{ name: "any" }] });
    await harness.pass(0);
    assert.equal(harness.addresses[0], "10.1.0.7");
    await harness.stop();
  });

  it("makes a target of each path of an ingress, over https where it says so", async () => {
    const scene = await started({ role: "ingress" }, (api) => api.put(INGRESSES_PATH, INGRESS));
    const target = (host: string, scheme: string, path: string): Record<string, string> => ({
      __address__: host,
      __meta_kubernetes_ingress_scheme: scheme,
      __meta_kubernetes_ingress_host: host,
      __meta_kubernetes_ingress_path: path,
    });
    assert.deepEqual(only(scene), {
      source: "ingress/shop/shop",
      targets: [
        target("shop.example.com", "https", "/a"),
        target("shop.example.com", "https", "/"),
        target("deep.shop.example.com", "http", "/b"),
        target("plain.example.org", "http", "/"),
      ],
      labels: {
        __meta_kubernetes_namespace: "shop",
        __meta_kubernetes_ingress_name: "shop",
        __meta_kubernetes_ingress_label_a: "b",
        __meta_kubernetes_ingress_labelpresent_a: "true",
        __meta_kubernetes_ingress_annotation_c: "d",
        __meta_kubernetes_ingress_annotationpresent_c: "true",
        __meta_kubernetes_ingress_class_name: "nginx",
      },
    });
    await scene.harness.stop();
  });
});
