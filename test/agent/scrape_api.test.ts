import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { scrapePoolConfig } from "../../src/agent/api/job_config.ts";
import type { App } from "../../src/agent/app.ts";
import type { Identity } from "../../src/credentials.ts";
import type { ResolvedJob } from "../../src/options.ts";
import { targetsEvent } from "../../src/agent/page/targets.ts";
import { DiscoveryStats } from "../../src/discovery/stats.ts";
import { globalUrl } from "../../src/agent/api/global_url.ts";
import { groupOf, jobOf, page, ScrapeRig, staticOf, TOLD } from "../scrape/support.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { ask, makeApp } from "./support.ts";

const RULE = {
  sourceLabels: ["__address__"],
  separator: ";",
  regex: "c:80",
  modulus: 0,
  targetLabel: "",
  replacement: "$1",
  action: "drop",
} as const;

async function get(app: App, path: string, headers: HeadersInit = {}): Promise<[number, unknown]> {
  const answer = await ask(app.handler, new Request(`http://127.0.0.1:9099${path}`, { headers }));
  assert.equal(answer.headers.get("content-type"), "application/json");
  return [answer.status, await answer.json()];
}

async function data(app: App, path: string): Promise<unknown> {
  const [status, body] = await get(app, path);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal((body as { status: string }).status, "success");
  return (body as { data: unknown }).data;
}

async function scraped(): Promise<App> {
  const app = makeApp({ logger: new MemoryLogger() });
  const rig = new ScrapeRig();
  rig.target = ({ url }) => {
    if (url.includes("b:80")) throw new Error("connection refused");
    return page("# TYPE m counter\n# TYPE n gauge\nm 1\n");
  };
  rig.start(
    jobOf({
      jobName: "zoo",
      relabelConfigs: [RULE],
      discoveries: [staticOf("b:80", "c:80", "d/e")],
    }),
    jobOf({ jobName: "app", params: { x: ["y"] }, discoveries: [staticOf("localhost:1234")] }),
    jobOf({ jobName: "late", scrapeIntervalMs: 3_600_000, discoveries: [TOLD] }),
  );
  rig.tell([groupOf("f", "z:1")]);
  await rig.untilCommits(2);
  app.scraping = { scraper: rig.scraper, discoveries: new DiscoveryStats() };
  return app;
}

test("targets in Prometheus's JSON", async () => {
  const app = await scraped();
  const all = await data(app, "/api/v1/targets") as {
    activeTargets: Record<string, unknown>[];
    droppedTargets: unknown[];
    droppedTargetCounts: unknown;
  };
  const [first, late, down] = all.activeTargets;
  assert.equal(all.activeTargets.length, 3);
  const { lastScrape, ...others } = first!;
  assert.match(String(lastScrape), /^2025-01-01T00:00:\d\d\.\d{3}Z$/);
  const discovered = {
    __always_scrape_classic_histograms__: "false",
    __convert_classic_histograms_to_nhcb__: "false",
    __metrics_path__: "/metrics",
    __scheme__: "http",
    __scrape_interval__: "10s",
    __scrape_native_histograms__: "false",
    __scrape_timeout__: "5s",
  };
  assert.deepEqual(others, {
    discoveredLabels: {
      ...discovered,
      __address__: "localhost:1234",
      __param_x: "y",
      job: "app",
    },
    labels: { instance: "localhost:1234", job: "app" },
    scrapePool: "app",
    scrapeUrl: "http://localhost:1234/metrics?x=y",
    globalUrl: "http://host:1234/metrics?x=y",
    lastError: "",
    lastScrapeDuration: 0,
    health: "up",
    scrapeInterval: "10s",
    scrapeTimeout: "5s",
  });
  assert.deepEqual([late!["health"], late!["lastScrape"]], ["unknown", "0001-01-01T00:00:00Z"]);
  assert.deepEqual([down!["health"], down!["lastError"]], ["down", "connection refused"]);
  assert.deepEqual(all.droppedTargets, [
    { discoveredLabels: { ...discovered, __address__: "c:80", job: "zoo" }, scrapePool: "zoo" },
    {
      discoveredLabels: { ...discovered, __address__: "d/e", job: "zoo" },
      scrapePool: "zoo",
      reason: '"d/e" is not a valid hostname',
    },
  ]);
  assert.deepEqual(all.droppedTargetCounts, { app: 0, late: 0, zoo: 2 });
});

test("nothing that the API, the page or the log tells has the login of a URL that an exporter is given", async () => {
  const rig = new ScrapeRig();
  const app = makeApp({ logger: new MemoryLogger() });
  const login = "https://user:hunter2@host";
  const rule = (sourceLabels: string[], targetLabel: string, replacement = "$1") =>
    ({
      ...RULE,
      sourceLabels,
      regex: "(.*)",
      targetLabel,
      replacement,
      action: "replace",
    }) as const;
  rig.target = ({ url }) => {
    throw new Error(`cannot reach ${new URL(url).searchParams.get("target")} as user:hunter2`);
  };
  rig.start(
    jobOf({ jobName: "params", params: { target: [login] }, discoveries: [staticOf("b:80")] }),
    jobOf({
      jobName: "targets",
      relabelConfigs: [
        rule(["__address__"], "__param_target"),
        rule(["__param_target"], "instance"),
        rule([], "__param_other", `${login}/$1`),
        rule([], "__address__", "exporter:9115"),
      ],
      discoveries: [staticOf(login)],
    }),
  );
  await rig.untilCommits(2);
  app.scraping = { scraper: rig.scraper, discoveries: new DiscoveryStats() };
  const labels = encodeURIComponent(JSON.stringify({ __address__: login }));
  const { pools } = rig.scraper;
  const told = [
    await data(app, "/api/v1/targets"),
    await data(app, "/api/v1/targets/metadata"),
    await data(app, "/api/v1/scrape_pools/config?scrapePool=params"),
    await data(app, "/api/v1/scrape_pools/config?scrapePool=targets"),
    await data(app, `/api/v1/targets/relabel_steps?scrapePool=targets&labels=${labels}`),
    targetsEvent(pools, { job: "", health: "", text: "", offset: 0 }),
    rig.logger.lines,
  ];
  assert.ok(!JSON.stringify(told).includes("hunter2"), JSON.stringify(told, undefined, 1));
  const { total } = targetsEvent(pools, { job: "", health: "", text: "hunter2", offset: 0 });
  assert.equal(total, 0, "nor can it be found by a guess");
});

test("nothing that the API tells has the value of a parameter that is a secret by its name", async () => {
  const rig = new ScrapeRig();
  const app = makeApp({ logger: new MemoryLogger() });
  const into = { ...RULE, regex: "(.*)", action: "replace" } as const;
  rig.target = () => page("m 1\n");
  rig.start(jobOf({
    jobName: "app",
    params: { token: ["hunter2"], module: ["m"] },
    relabelConfigs: [
      { ...into, targetLabel: "__param_api_key", replacement: "hunter2" },
      { ...RULE, regex: "c:80" },
    ],
    discoveries: [staticOf("b:80", "c:80")],
  }));
  await rig.untilCommits(1);
  app.scraping = { scraper: rig.scraper, discoveries: new DiscoveryStats() };
  const labels = encodeURIComponent('{"__address__":"b:80","__param_token":"hunter2"}');
  const answers = [
    await data(app, "/api/v1/targets"),
    await data(app, "/api/v1/scrape_pools/config?scrapePool=app"),
    await data(app, `/api/v1/targets/relabel_steps?scrapePool=app&labels=${labels}`),
  ];
  assert.ok(!JSON.stringify(answers).includes("hunter2"), JSON.stringify(answers));
  const [{ activeTargets: [target] }] = answers as [{ activeTargets: Record<string, unknown>[] }];
  const url = "http://b:80/metrics?api_key=<secret>&module=m&token=<secret>";
  assert.deepEqual([target!["scrapeUrl"], target!["globalUrl"]], [url, url]);
  assert.equal((target!["discoveredLabels"] as Record<string, string>)["__param_module"], "m");
  assert.equal(
    (target!["discoveredLabels"] as Record<string, string>)["__param_token"],
    "<secret>",
  );
});

test("targets by their state and by their job", async () => {
  const app = await scraped();
  const counts = async (query: string): Promise<unknown[]> => {
    const { activeTargets, droppedTargets, droppedTargetCounts } = await data(
      app,
      `/api/v1/targets?${query}`,
    ) as Record<string, unknown[]>;
    return [activeTargets!.length, droppedTargets!.length, droppedTargetCounts === null];
  };
  assert.deepEqual(await counts("state=ANY"), [3, 2, false]);
  assert.deepEqual(await counts("state=active"), [3, 0, true]);
  assert.deepEqual(await counts("state=dropped"), [0, 2, false]);
  assert.deepEqual(await counts("scrapePool=app"), [1, 0, false]);
  assert.deepEqual(await counts("scrapePool=nobody"), [0, 0, false]);
});

test("the names of jobs", async () => {
  const app = await scraped();
  assert.deepEqual(await data(app, "/api/v1/scrape_pools"), {
    scrapePools: ["app", "late", "zoo"],
  });
  const empty = makeApp({ logger: new MemoryLogger() });
  assert.deepEqual(await data(empty, "/api/v1/scrape_pools"), { scrapePools: [] });
});

test("what the file says of a job, with its defaults and without secrets", async () => {
  const app = await scraped();
  const of = (name: string): string => `/api/v1/scrape_pools/config?scrapePool=${name}`;
  const { yaml } = await data(app, of("zoo")) as { yaml: string };
  const shown = parse(yaml);
  assert.deepEqual(shown.relabel_configs, [{
    source_labels: ["__address__"],
    separator: ";",
    regex: "c:80",
    replacement: "$1",
    action: "drop",
  }]);
  assert.deepEqual(shown.static_configs, [{ targets: ["b:80", "c:80", "d/e"] }]);
  const { job_name, scrape_interval, scrape_timeout } = shown;
  assert.deepEqual([job_name, scrape_interval, scrape_timeout], ["zoo", "10s", "5s"]);
  for (
    const [path, error] of [
      ["/api/v1/scrape_pools/config", "no scrapePool parameter provided"],
      [of("x"), 'error retrieving scrape config: scrape pool "x" not found'],
    ] as const
  ) {
    assert.deepEqual(await get(app, path), [400, {
      status: "error",
      errorType: "bad_data",
      error,
    }]);
  }
});

test("every secret of a job is hidden, and the paths of files are shown", () => {
  const secret = "hunter2";
  const file = { path: "/f", holds: "token", option: [] } as const;
  const client = (identity: Identity): Partial<ResolvedJob> => ({
    credentials: {
      identity,
      secretHeaders: [{ name: "x-one", values: [secret, { ...file, holds: "header value" }] }],
    },
    connection: {
      tls: {
        ...{ caFile: "/ca", certFile: "/cert", keyFile: undefined },
        ...{ cert: "CERT", key: secret, insecureSkipVerify: false },
      },
      proxy: {
        url: `http://user:${secret}@proxy.example:3128`,
        fromEnvironment: false,
        connectHeaders: { "Proxy-Authorization": [secret] },
      },
      roundRobinDns: false,
    },
  });
  const shown = (identity: Identity): string => {
    const job = jobOf(client(identity));
    return scrapePoolConfig([{ job }], new URLSearchParams({ scrapePool: "job" })).yaml;
  };
  const oauth2 = {
    kind: "oauth2",
    tokenUrl: "https://t.example/",
    clientId: "me",
    secret,
    scopes: [],
    endpointParams: { a: secret },
    assertion: undefined,
  } as const;
  for (
    const identity of [
      { kind: "basic", username: "me", password: secret },
      { kind: "token", type: "Bearer", token: secret },
      oauth2,
    ] as const
  ) {
    const yaml = shown(identity);
    assert.ok(!yaml.includes(secret), yaml);
    const { http_headers, tls_config } = parse(yaml);
    assert.deepEqual(http_headers, { "X-One": { secrets: ["<secret>"], files: ["/f"] } });
    assert.deepEqual([tls_config.ca_file, tls_config.key], ["/ca", "<secret>"]);
  }
  const { authorization } = parse(shown({ kind: "token", type: "Bearer", token: file }));
  assert.deepEqual(authorization, { type: "Bearer", credentials_file: "/f" });
});

test("metadata of all targets, and of each", async () => {
  const app = await scraped();
  const counter = { type: "counter", unit: "", help: "" };
  assert.deepEqual(await data(app, "/api/v1/metadata"), {
    m: [counter],
    n: [{ ...counter, type: "gauge" }],
  });
  assert.deepEqual(await data(app, "/api/v1/metadata?metric=m"), { m: [counter] });
  assert.deepEqual(await data(app, "/api/v1/metadata?limit=1&limit_per_metric=1"), {
    m: [counter],
  });
  const target = { instance: "localhost:1234", job: "app" };
  assert.deepEqual(await data(app, "/api/v1/targets/metadata?limit=1"), [
    { target, metric: "m", type: "counter", help: "", unit: "" },
    { target, metric: "n", type: "gauge", help: "", unit: "" },
  ]);
  const selected = encodeURIComponent('{job=~"a.*",instance!="x"}');
  assert.deepEqual(
    await data(app, `/api/v1/targets/metadata?metric=n&match_target=${selected}`),
    [{ target, type: "gauge", help: "", unit: "" }],
  );
  const other = encodeURIComponent('{job="zoo",}');
  assert.deepEqual(await data(app, `/api/v1/targets/metadata?match_target=${other}`), []);
});

test("what each rule makes of labels", async () => {
  const app = await scraped();
  const labels = encodeURIComponent(JSON.stringify({ __address__: "c:80", a: "" }));
  assert.deepEqual(
    await data(app, `/api/v1/targets/relabel_steps?scrapePool=zoo&labels=${labels}`),
    {
      steps: [{
        rule: {
          source_labels: ["__address__"],
          separator: ";",
          regex: "c:80",
          replacement: "$1",
          action: "drop",
        },
        output: {},
        keep: false,
      }],
    },
  );
});

test("questions that are wrong are told so as Prometheus does", async () => {
  const app = await scraped();
  const cases: [string, string][] = [
    ["metadata?limit=x", "limit must be a number"],
    ["metadata?limit_per_metric=1.5", "limit_per_metric must be a number"],
    [
      "targets/metadata?match_target=%7Bjob%7D",
      'invalid parameter "match_target": "{job}" is no selector such as {job="x"}',
    ],
    ["targets/relabel_steps", "no scrapePool parameter provided"],
    ["targets/relabel_steps?scrapePool=zoo", "no labels parameter provided"],
    [
      "targets/relabel_steps?scrapePool=zoo&labels=%5B%5D",
      "error parsing labels: expected an object of texts",
    ],
    [
      "targets/relabel_steps?scrapePool=x&labels=%7B%7D",
      'error retrieving scrape config: scrape pool "x" not found',
    ],
  ];
  for (const [path, error] of cases) {
    assert.deepEqual(await get(app, `/api/v1/${path}`), [
      400,
      { status: "error", errorType: "bad_data", error },
    ]);
  }
});

test("a page with a foreign name does not get to see targets", async () => {
  const app = await scraped();
  const request = new Request("http://127.0.0.1:9099/api/v1/targets", {
    headers: { host: "evil.example" },
  });
  assert.equal((await ask(app.handler, request)).status, 421);
});

test("the URL of a target as others know it", () => {
  const server = { port: "9090", external: new URL("https://walq.example/prefix") };
  const cases: [string, string][] = [
    ["http://localhost:9090/metrics", "https://walq.example/metrics"],
    ["http://127.0.0.1:9100/metrics?a=b", "http://walq.example:9100/metrics?a=b"],
    ["http://[::1]:9100", "http://walq.example:9100"],
    ["http://localhost/metrics", "http://localhost/metrics"],
    ["http://node:9100/metrics", "http://node:9100/metrics"],
  ];
  for (const [url, expected] of cases) assert.equal(globalUrl(url, server), expected);
});
