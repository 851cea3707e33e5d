/** kubernetes_sd_configs: lists, watches, and an API that fails. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeAnswer } from "../../src/testing/memory.ts";
import { putFile } from "../support/put_file.ts";
import type { ApiObject, KubernetesApi } from "./kubernetes_api.ts";
import { PODS_PATH, SERVICES_PATH } from "./kubernetes_objects.ts";
import { started } from "./kubernetes_support.ts";

function pod(name: string, ip: string, namespace: string = "a"): ApiObject {
  return {
    metadata: { name, namespace },
    spec: { containers: [{ name: "c" }] },
    status: { podIP: ip },
  };
}

function queries(api: KubernetesApi, isWatch: boolean): URLSearchParams[] {
  return api.asked.map(({ url }) => new URL(url).searchParams)
    .filter((query) => query.has("watch") === isWatch);
}

const ERROR_410 = JSON.stringify({
  type: "ERROR",
  object: { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" },
}) + "\n";

describe("Kubernetes watches", () => {
  it("lists all pages, tells them at once, and watches from there", async () => {
    const { api, harness } = await started({}, (api) => {
      api.pageMax = 2;
      api.put(PODS_PATH, ...["1", "2", "3", "4", "5"].map((one) => pod(`p${one}`, one)));
    });
    assert.equal(harness.told.length, 1);
    assert.deepEqual(harness.addresses, ["1", "2", "3", "4", "5"]);
    assert.deepEqual(queries(api, false).map((query) => Object.fromEntries(query)), [
      { limit: "500", resourceVersion: "0" },
      { limit: "500", continue: "2" },
      { limit: "500", continue: "4" },
    ]);
    const [watch] = queries(api, true);
    assert.equal(watch?.get("resourceVersion"), "105");
    assert.equal(watch.get("allowWatchBookmarks"), "true");
    const seconds = Number(watch.get("timeoutSeconds"));
    assert.ok(seconds >= 300 && seconds <= 600, `${seconds}`);
    await harness.stop();
    assert.equal(api.watches, 0);
  });

  it("tells what comes, changes and goes, and nothing of what is as it was", async () => {
    const { api, harness } = await started({}, (api) => api.put(PODS_PATH, pod("p", "1")));
    api.put(PODS_PATH, pod("q", "2"), pod("p", "3"));
    await harness.pass(0);
    assert.deepEqual([...harness.addresses].sort(), ["2", "3"]);
    // What comes together is told together.
    assert.equal(harness.told.length, 2);
    api.remove(PODS_PATH, pod("p", "3"));
    await harness.pass(0);
    assert.deepEqual(harness.addresses, ["2"]);
    await harness.stop();
  });

  it("goes on from the newest version when a watch ends, that of a bookmark too", async () => {
    const { api, harness } = await started({}, (api) => api.put(PODS_PATH, pod("p", "1")));
    await harness.pass(60_000);
    api.bookmark();
    api.endWatches();
    await harness.pass(0);
    assert.deepEqual(queries(api, true).map((query) => query.get("resourceVersion")), [
      "101",
      "102",
    ]);
    await harness.pass(60_000);
    api.put(PODS_PATH, pod("q", "2"));
    api.endWatches();
    await harness.pass(0);
    assert.equal(queries(api, true).at(-1)?.get("resourceVersion"), "103");
    assert.equal(queries(api, false).length, 1);
    assert.equal(harness.stats.snapshot().counters.kubernetes_failures, 0);
    await harness.stop();
  });

  it("goes on after a watch that is cut in the middle of an event", async () => {
    const { api, harness } = await started({}, (api) => api.put(PODS_PATH, pod("p", "1")));
    await harness.pass(60_000);
    api.send('{"type":"ADDED","object":{"metadata":{"name":"half","resourceVersion":"999"');
    api.cutWatches();
    await harness.pass(2_000);
    assert.deepEqual(harness.addresses, ["1"]);
    assert.equal(queries(api, true).at(-1)?.get("resourceVersion"), "101");
    api.put(PODS_PATH, pod("q", "2"));
    await harness.pass(0);
    assert.deepEqual(harness.addresses, ["1", "2"]);
    assert.equal(harness.stats.snapshot().counters.kubernetes_failures, 1);
    await harness.stop();
  });

  for (const how of ["an event", "a status"]) {
    it(`lists anew when its version is too old, by ${how} of 410`, async () => {
      const { api, harness } = await started({}, (api) => {
        api.put(PODS_PATH, pod("gone", "1"), pod("kept", "2"));
      });
      await harness.pass(60_000);
      api.putUnseen(PODS_PATH, pod("kept", "2"), pod("new", "3"));
      if (how === "an event") {
        api.send(ERROR_410);
        await harness.pass(0);
      } else {
        let times = 0;
        api.refuse = ({ url }) =>
          url.includes("watch=true") && times++ === 0
            ? makeAnswer(410, '{"kind":"Status","code":410}')
            : undefined;
        api.endWatches();
        await harness.pass(0);
      }
      await harness.pass(2_000);
      assert.deepEqual(harness.addresses, ["2", "3"]);
      const lists = queries(api, false);
      assert.equal(lists.length, 2);
      // What the API has in its memory was too old.
      assert.equal(lists[1]?.get("resourceVersion"), null);
      assert.equal(api.watches, 1);
      await harness.stop();
    });
  }

  it("begins a list again whose next page is too old", async () => {
    let times = 0;
    const { api, harness } = await started({}, (api) => {
      api.pageMax = 1;
      api.put(PODS_PATH, pod("p", "1"), pod("q", "2"));
      api.refuse = ({ url }) =>
        url.includes("continue=") && times++ === 0 ? makeAnswer(410, "{}") : undefined;
    });
    await harness.pass(2_000);
    assert.deepEqual(harness.addresses, ["1", "2"]);
    assert.equal(queries(api, false).length, 4);
    await harness.stop();
  });

  it("keeps its targets while the API is away, asks less and less often, and finds it again", async () => {
    const { api, harness } = await started({}, (api) => api.put(PODS_PATH, pod("p", "1")));
    await harness.pass(60_000);
    api.refuse = () => makeAnswer(503, "the server is currently unable");
    api.cutWatches();
    const before = api.asked.length;
    await harness.pass(600_000);
    const asked = api.asked.length - before;
    assert.ok(asked >= 10 && asked <= 30, `${asked} times`);
    assert.deepEqual(harness.addresses, ["1"]);
    assert.ok(harness.stats.snapshot().counters.kubernetes_failures >= 10);
    api.refuse = () => undefined;
    await harness.pass(60_000);
    api.put(PODS_PATH, pod("p", "9"));
    await harness.pass(0);
    assert.deepEqual(harness.addresses, ["9"]);
    await harness.stop();
  });

  it("does not ask at once again and again where watches end at once", async () => {
    const { api, harness } = await started({}, (api) => {
      api.refuse = ({ url }) => url.includes("watch=true") ? makeAnswer(200) : undefined;
    });
    const before = api.asked.length;
    await harness.pass(60_000);
    assert.ok(api.asked.length - before < 70, `${api.asked.length - before} times`);
    await harness.stop();
  });

  it("passes over an object that is none, and says so", async () => {
    const { harness } = await started({}, (api) => {
      api.putUnseen(PODS_PATH, { metadata: { name: "" } }, pod("p", "1"));
    });
    assert.deepEqual(harness.addresses, ["1"]);
    assert.equal(harness.stats.snapshot().counters.kubernetes_failures, 1);
    await harness.stop();
  });

  it("asks in each of its namespaces, by selectors, and tells those that it may see", async () => {
    const { api, harness } = await started({
      role: "endpoints",
      namespaces: ["a", "b"],
      selectors: [
        { role: "pod", label: "app in (x,y)", field: "status.phase=Running" },
        { role: "service", label: "s=1", field: "" },
      ],
    }, (api) => {
      for (const namespace of ["a", "b", "c"]) {
        api.put("/api/v1/endpoints", {
          metadata: { name: "e", namespace },
          subsets: [{ addresses: [{ ip: namespace }], ports: [{ port: 1 }] }],
        });
      }
      api.refuse = ({ url }) =>
        url.includes("/namespaces/b/pods") ? makeAnswer(403, "forbidden") : undefined;
    });
    await harness.pass(5_000);
    assert.deepEqual(harness.addresses, ["a:1"]);
    const asked = new Map(api.asked.map(({ url }) => {
      const { pathname, searchParams } = new URL(url);
      return [pathname, searchParams];
    }));
    assert.deepEqual([...asked.keys()].sort(), [
      ...["endpoints", "pods", "services"].map((plural) => `/api/v1/namespaces/a/${plural}`),
      ...["endpoints", "pods", "services"].map((plural) => `/api/v1/namespaces/b/${plural}`),
    ]);
    const ofPods = asked.get("/api/v1/namespaces/a/pods")!;
    assert.equal(ofPods.get("labelSelector"), "app in (x,y)");
    assert.equal(ofPods.get("fieldSelector"), "status.phase=Running");
    assert.equal(asked.get("/api/v1/namespaces/a/endpoints")!.get("labelSelector"), null);
    api.refuse = () => undefined;
    await harness.pass(60_000);
    assert.deepEqual(harness.addresses, ["a:1", "b:1"]);
    await harness.stop();
  });

  it("tells nothing where it may see nothing: what was known before is not gone", async () => {
    const { harness } = await started({ role: "service" }, (api) => {
      api.put(SERVICES_PATH, { metadata: { name: "s", namespace: "a" } });
      api.refuse = () => makeAnswer(403, "forbidden");
    });
    await harness.pass(60_000);
    assert.deepEqual(harness.told, []);
    await harness.stop();
  });
});

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

describe("The API of Kubernetes", () => {
  it("is found in a cluster, by a token that is read again", async () => {
    const { api, harness } = await started(
      { apiServer: undefined, ownNamespace: true },
      async (api, harness) => {
        const { platform } = harness;
        platform.variables.set("KUBERNETES_SERVICE_HOST", "fd00::1");
        platform.variables.set("KUBERNETES_SERVICE_PORT", "443");
        await harness.put(`${ACCOUNT}/token`, "token-1\n");
        await harness.put(`${ACCOUNT}/ca.crt`, "a certificate");
        await harness.put(`${ACCOUNT}/namespace`, "mine\n");
        api.put(PODS_PATH, pod("p", "1", "mine"), pod("q", "2", "other"));
      },
    );
    await harness.pass(2_000);
    assert.deepEqual(harness.addresses, ["1"]);
    assert.equal(new URL(api.asked[0]!.url).origin, "https://[fd00::1]");
    assert.equal(harness.platform.openedHttp[0]?.tls?.ca, "a certificate");
    assert.equal(api.asked.at(-1)?.headers["authorization"], "Bearer token-1");
    await putFile(harness.platform.files, `${ACCOUNT}/token`, "token-2");
    await harness.pass(60_000);
    api.endWatches();
    await harness.pass(2_000);
    assert.equal(api.asked.at(-1)?.headers["authorization"], "Bearer token-2");
    assert.doesNotMatch(harness.logger.lines.join("\n"), /token-1|token-2/);
    await harness.stop();
  });

  it("is looked for again where it is not found", async () => {
    const { harness } = await started({ apiServer: undefined }, () => {});
    await harness.pass(25_000);
    assert.equal(harness.stats.snapshot().counters.kubernetes_failures, 3);
    assert.match(harness.logger.lines.join("\n"), /KUBERNETES_SERVICE_HOST/);
    await harness.stop();
  });

  const KUBECONFIG = `
apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: there, context: {cluster: other, user: other}}
- {name: here, context: {cluster: mine, user: me, namespace: ignored}}
clusters:
- name: mine
  cluster:
    server: https://10.0.0.1:6443/
    certificate-authority-data: ${btoa("an authority")}
    tls-server-name: api.internal
users:
- name: me
  user: {token: s3cret-token}
- name: pair
  user: {client-certificate: pki/cert.pem, client-key-data: ${btoa("a key")}}
- name: runs
  user: {exec: {command: aws}}
`;

  it("is found by a kubeconfig", async () => {
    const { api, harness } = await started(
      { apiServer: undefined, kubeconfigFile: "/etc/walq/kubeconfig" },
      async (api, harness) => {
        await harness.put("/etc/walq/kubeconfig", KUBECONFIG);
        api.put(PODS_PATH, pod("p", "1"));
      },
    );
    await harness.pass(0);
    assert.deepEqual(harness.addresses, ["1"]);
    assert.equal(new URL(api.asked[0]!.url).origin, "https://10.0.0.1:6443");
    assert.equal(api.asked[0]?.headers["authorization"], "Bearer s3cret-token");
    const tls = harness.platform.openedHttp[0]?.tls;
    assert.deepEqual([tls?.ca, tls?.serverName], ["an authority", "api.internal"]);
    await harness.stop();
  });

  it("is asked with the certificate that a kubeconfig names", async () => {
    const { harness } = await started(
      { apiServer: undefined, kubeconfigFile: "/etc/walq/kubeconfig" },
      async (_, harness) => {
        await harness.put("/etc/walq/kubeconfig", KUBECONFIG.replace("user: me", "user: pair"));
        await harness.put("/etc/walq/pki/cert.pem", "a certificate");
      },
    );
    await harness.pass(0);
    const tls = harness.platform.openedHttp[0]?.tls;
    assert.deepEqual([tls?.cert, tls?.key], ["a certificate", "a key"]);
    await harness.stop();
  });

  const WRONG: Readonly<Record<string, readonly [from: string, to: string, says: RegExp]>> = {
    "a user who needs a program": ["user: me,", "user: runs,", /"exec": walq runs no programs/],
    "no current context": ["current-context: here", "", /has no current-context/],
    "a context that is not there": [
      "current-context: here",
      "current-context: x",
      /no context "x"/,
    ],
    "a user who is not there": ["user: me,", "user: nobody,", /no user "nobody"/],
    "what is no YAML": ["apiVersion: v1", "[s3cret-token", /is no YAML/],
    "data that is no base64": [btoa("an authority"), "s3cret-token!", /no base64/],
  };
  for (const [what, [from, to, says]] of Object.entries(WRONG)) {
    it(`is not found by a kubeconfig with ${what}, which says so without a secret`, async () => {
      const { harness } = await started(
        { apiServer: undefined, kubeconfigFile: "/k" },
        async (_, harness) => await harness.put("/k", KUBECONFIG.replace(from, to)),
      );
      await harness.pass(0);
      const log = harness.logger.lines.join("\n").replaceAll("\\", "");
      assert.match(log, says);
      assert.doesNotMatch(log, /s3cret/);
      await harness.stop();
    });
  }
});
