import assert from "node:assert/strict";
import { test } from "node:test";
import { agentArgs } from "../../src/agent/agent_args.ts";
import type { RunSettings } from "../../src/agent/run.ts";
import { parsePrometheusFlags } from "../../src/agent/prometheus_flags.ts";
import { main } from "../../src/agent/cli.ts";
import { ask, FakeHost, putFile, responseOf } from "./support.ts";

const CONFIG = "remote_write: [{ url: http://host/, name: a }]\n";

/** The program, ready and ended, started by these flags in /work. */
async function started(flags: readonly string[], config = CONFIG): Promise<FakeHost> {
  const host = new FakeHost(["agent", ...flags]);
  await putFile(host, "/work/prometheus.yml", config);
  const inDirectory = host.readSource;
  Object.assign(host, {
    readSource: (path: string, max: number) =>
      inDirectory(path.startsWith("/") ? path : `/work/${path}`, max),
  });
  let hasEnded = false;
  const ended = main(host).finally(() => hasEnded = true);
  while (!hasEnded && !host.events.includes("open")) await host.platform.time.settle();
  await host.platform.time.settle();
  host.signal("SIGTERM");
  assert.equal(await ended, 0, host.errLines.join("\n"));
  return host;
}

test("a line of a unit file for prometheus --agent starts walq as it is", async () => {
  const host = await started([
    "--agent",
    "--config.file=/work/prometheus.yml",
    "--storage.agent.path",
    "/var/lib/agent",
    "--storage.agent.retention.max-time=7d",
    "--storage.remote.flush-deadline=20s",
    "--web.listen-address=127.0.0.1:9090",
    "--web.listen-address",
    "unix:/run/agent.sock",
    "--web.external-url=https://edge.example/agent/",
    "--web.enable-lifecycle",
    "--web.enable-remote-write-receiver",
    "--web.remote-write-receiver.accepted-protobuf-messages=prometheus.WriteRequest",
    "--web.remote-write-receiver.accepted-protobuf-messages=io.prometheus.write.v2.Request",
    "--web.enable-otlp-receiver",
    "--web.max-connections=100",
    "--web.read-timeout=10s",
    "--no-scrape.adjust-timestamps",
    "--scrape.discovery-reload-interval=5s",
    "--enable-feature=expand-external-labels,exemplar-storage",
    "--log.level=info",
    "--log.format=json",
  ]);
  const { addresses, connectionsMax, readMsMax } = host.listening!;
  assert.deepEqual(addresses, [
    { hostname: "127.0.0.1", port: 9090 },
    { path: "/run/agent.sock" },
  ]);
  assert.deepEqual([connectionsMax, readMsMax], [100, 10_000]);
  assert.deepEqual(host.queue.closed, [20_000]);
  const log = host.errLines.map((line) => JSON.parse(line));
  const ready = log.find(({ msg }) => msg === "walq is ready");
  assert.equal(ready.listen, "127.0.0.1:9090,unix:/run/agent.sock");
  assert.equal(ready.data_path, "/var/lib/agent");
  assert.ok(log.some(({ ttl }) => ttl === "1w"));
  const said = log.filter(({ place }) => place === "the command line").map(({ key }) => key);
  assert.deepEqual(said, [
    "--web.remote-write-receiver.accepted-protobuf-messages",
    "--enable-feature",
  ]);
});

test("a feature of Prometheus that is a key here", () => {
  const { settings, remarks } = parsePrometheusFlags(["--enable-feature=st-storage,x"], "/");
  const start = settings.find(({ place }) => place === "--enable-feature=st-storage");
  assert.deepEqual([start?.path, start?.value], [["global", "scrape_start_timestamps"], "true"]);
  assert.equal(remarks.length, 1);
});

test("delta temporality of OTLP, in one of two ways", () => {
  for (
    const [feature, value] of [
      ["otlp-deltatocumulative", "cumulative"],
      ["otlp-native-delta-ingestion", "native"],
    ]
  ) {
    const { settings, remarks } = parsePrometheusFlags([`--enable-feature=${feature}`], "/");
    const deltas = settings.find(({ path }) => path[1] === "otlp_deltas");
    assert.deepEqual([deltas?.path[0], deltas?.value, remarks], ["server", value, []]);
  }
  assert.throws(
    () =>
      parsePrometheusFlags([
        "--enable-feature=otlp-deltatocumulative,x",
        "--enable-feature=otlp-native-delta-ingestion",
      ], "/"),
    /cannot enable otlp-deltatocumulative and otlp-native-delta-ingestion features at the same time/,
  );
});

test("labels of type and unit are for OTLP, and that is said", () => {
  const { settings, remarks } = parsePrometheusFlags(
    ["--enable-feature=type-and-unit-labels"],
    "/",
  );
  const labels = settings.find(({ path }) => path[1] === "otlp_type_and_unit_labels");
  assert.deepEqual([labels?.path[0], labels?.value], ["server", "true"]);
  assert.deepEqual(remarks.map(({ level }) => level), ["warn"]);
  assert.match(remarks[0]!.message, /^type-and-unit-labels is for OTLP here: what is scraped/);
});

test("the key that a feature stands for holds for the jobs of a file", async () => {
  const host = await started(["--enable-feature=st-storage"]);
  assert.doesNotMatch(host.errLines.join("\n"), /st-storage|unknown/);
});

test("what the flags say of scraping", () => {
  const scrapingOf = (...flags: string[]): RunSettings["scraping"] =>
    agentArgs(flags, "/").scraping;
  assert.deepEqual(scrapingOf(), { timestampToleranceMs: 2, discoveryReloadMs: 5_000 });
  assert.deepEqual(
    scrapingOf("--no-scrape.adjust-timestamps", "--scrape.discovery-reload-interval=1s"),
    { timestampToleranceMs: "none", discoveryReloadMs: 1_000 },
  );
  for (
    const [text, ms] of [["0", 0], ["500us", 0.5], ["1.5ms", 1.5], ["1s250ms", 1250], [
      "1m",
      60_000,
    ]]
  ) {
    const { timestampToleranceMs } = scrapingOf(`--scrape.timestamp-tolerance=${text}`);
    assert.equal(timestampToleranceMs, ms, String(text));
  }
  for (const text of ["", "2", "-1ms", "1 ms", "1d"]) {
    assert.throws(() => scrapingOf(`--scrape.timestamp-tolerance=${text}`), /expected a duration/);
  }
  assert.throws(() => scrapingOf("--scrape.discovery-reload-interval=1"), /got "1", expected/);
});

test("a deadline that is beyond walq's is bounded, and told", async () => {
  const host = await started(["--storage.remote.flush-deadline=2h"]);
  assert.deepEqual(host.queue.closed, [3_600_000]);
  assert.match(
    host.errLines.join("\n"),
    /level=warn.*key=--storage\.remote\.flush-deadline.*got 2h, using 1h|got 2h, using 1h.*flush-deadline/,
  );
});

test("the defaults are those of Prometheus's agent, and that anybody reaches it is told", async () => {
  const host = await started([]);
  assert.deepEqual(host.listening!.addresses, [{ hostname: "0.0.0.0", port: 9090 }]);
  assert.deepEqual(host.queue.closed, [60_000]);
  const log = host.errLines.join("\n");
  assert.match(log, /data_path=data-agent\//);
  assert.match(log, /level=warn msg="every address of the host is listened on/);
});

test("the receiver is there when it is asked for, and else as absent as Prometheus's", async () => {
  const status = async (flags: string[]): Promise<[number, string]> => {
    const host = await started(flags);
    const request = new Request("http://127.0.0.1/api/v1/write", { method: "POST" });
    const readChunks = (): Promise<void> => Promise.resolve();
    const incoming = { readChunks, from: "", hostname: "127.0.0.1" };
    const answer = responseOf(await host.handler!(request, incoming));
    return [answer.status, await answer.text()];
  };
  const [off, words] = await status([]);
  assert.equal(off, 404);
  assert.match(words, /needs to be enabled with --web\.enable-remote-write-receiver/);
  assert.equal((await status(["--no-web.enable-remote-write-receiver"]))[0], 404);
  // It is closing by now.
  assert.equal((await status(["--web.enable-remote-write-receiver"]))[0], 503);
});

test("what the file says comes before a default, and after a flag", async () => {
  const file = `${CONFIG}server: { listen: "127.0.0.1:7000" }\nqueue: { data_path: mine }\n`;
  const defaults = await started([], file);
  assert.deepEqual(defaults.listening!.addresses, [{ hostname: "127.0.0.1", port: 7000 }]);
  assert.match(defaults.errLines.join("\n"), /data_path=mine/);
  const flags = await started(["--web.listen-address=[::1]:7001", "--storage.agent.path=x"], file);
  assert.deepEqual(flags.listening!.addresses, [{ hostname: "::1", port: 7001 }]);
  assert.match(flags.errLines.join("\n"), /data_path=x/);
});

test("a web configuration file is looked for where the process runs", async () => {
  const host = new FakeHost([
    "agent",
    "--config.file=/etc/prometheus.yml",
    "--web.config.file=web.yml",
    "--storage.remote.flush-deadline=0s",
  ]);
  await putFile(host, "/etc/prometheus.yml", CONFIG);
  const missing = new FakeHost(host.args, host.platform);
  assert.equal(await main(missing), 1);
  assert.match(
    missing.errLines.join("\n"),
    /--web\.config\.file: server\.web_config_file: Cannot read web configuration "\/work\/web\.yml"/,
  );
  assert.deepEqual(missing.events, []);
  const hash = "$2b$04$1LMHrSG0OP7YKrHJUAGGNOXlvnoIndTiaRZWcPK8So.3N7sTQtAKS";
  await putFile(host, "/work/web.yml", `basic_auth_users: { alice: ${hash} }`);
  const ended = main(host);
  await host.ready;
  const status = async (headers: HeadersInit): Promise<number> =>
    (await ask(host.handler!, new Request("http://127.0.0.1/metrics", { headers }))).status;
  assert.equal(await status({}), 401);
  assert.equal(await status({ authorization: `Basic ${btoa("alice:open sesame")}` }), 200);
  // Whoever comes has to say who they are.
  assert.doesNotMatch(host.errLines.join("\n"), /every address of the host/);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a prefix is before every path, and is that of the external URL if no other is given", async () => {
  const cases: [string[], string][] = [
    [["--web.external-url=https://edge.example/agent/"], "/agent"],
    [["--web.route-prefix=/a/b/"], "/a/b"],
    [["--web.external-url=https://edge.example/agent/", "--web.route-prefix=/"], ""],
  ];
  for (const [flags, prefix] of cases) {
    const host = await started(flags);
    const status = async (path: string, name = "127.0.0.1"): Promise<number> => {
      const request = new Request(`http://walq${path}`, { headers: { host: name } });
      const readChunks = (): Promise<void> => Promise.resolve();
      return (await host.handler!(request, { readChunks, from: "", hostname: "127.0.0.1" })).status;
    };
    assert.equal(await status(`${prefix}/-/healthy`), 200, prefix);
    if (prefix !== "") {
      assert.equal(await status("/-/healthy"), 404, prefix);
      assert.equal(await status(`${prefix}x/-/healthy`), 404, prefix);
    }
    const isNamed = flags[0]!.includes("edge.example");
    assert.equal(await status(`${prefix}/-/healthy`, "edge.example"), isNamed ? 200 : 421);
  }
});

test("the level of the log filters it", async () => {
  const host = await started(["--log.level=error", "--web.cors.origin=.*"]);
  assert.deepEqual(host.errLines, []);
});

test("a wrong flag is refused by its name, with 2, and nothing of a value is shown", async () => {
  const cases: [string[], RegExp][] = [
    [["--web.listen-adress=hunter2"], /unknown flag "--web\.listen-adress"/],
    [["hunter2"], /unexpected argument that is not shown/],
    [["-x"], /unexpected argument "-x"/],
    [["--config.file"], /--config\.file needs a value/],
    [["--config.file=a", "--config.file=b"], /--config\.file cannot be repeated/],
    [["--agent=true"], /--agent takes no value/],
    [["--no-config.file=a"], /unknown flag "--no-config\.file"/],
    [["--log.level=loud"], /--log\.level: got "loud", expected debug, info, warn or error/],
    [["--log.format=xml"], /--log\.format: got "xml"/],
    [["--storage.remote.flush-deadline=5"], /--storage\.remote\.flush-deadline: got "5"/],
    [
      ["--storage.tsdb.path=/hunter2", "--no-storage.tsdb.no-lockfile", "--query.timeout", "2m"],
      /The following flag\(s\) can not be used in agent mode: \["--storage\.tsdb\.path" "--storage\.tsdb\.no-lockfile" "--query\.timeout"\]/,
    ],
  ];
  for (const [flags, message] of cases) {
    const host = new FakeHost(["agent", ...flags]);
    assert.equal(await main(host), 2, flags.join(" "));
    assert.match(host.errLines[0]!, message);
    assert.doesNotMatch(host.errLines.join("\n"), /hunter2/);
    assert.deepEqual(host.events, []);
  }
});

test("a value that is wrong is refused with the flag", async () => {
  const host = new FakeHost([
    "agent",
    "--config.file=/work/prometheus.yml",
    "--web.max-connections=0",
  ]);
  await putFile(host, "/work/prometheus.yml", CONFIG);
  assert.equal(await main(host), 1);
  assert.match(host.errLines[0]!, /--web\.max-connections: server\.max_connections: got 0/);
});

test("an empty path and an empty feature are none", () => {
  const { settings, remarks } = parsePrometheusFlags(
    ["--web.config.file=", "--enable-feature=", "--enable-feature", "agent,"],
    "/root",
  );
  const [web] = settings.filter(({ place }) => place === "--web.config.file");
  assert.equal(web?.value, "");
  assert.deepEqual(remarks, []);
});

test("a metric says whether the web configuration file, as it is now, is in force", async () => {
  const host = new FakeHost([
    "agent",
    "--config.file=/etc/prometheus.yml",
    "--web.config.file=web.yml",
    "--storage.remote.flush-deadline=0s",
  ]);
  await putFile(host, "/etc/prometheus.yml", CONFIG);
  await putFile(
    host,
    "/work/web.yml",
    "http_server_config: { headers: { X-Frame-Options: deny } }",
  );
  const ended = main(host);
  await host.ready;
  const inForce = async (): Promise<string | undefined> => {
    const answer = await ask(host.handler!, new Request("http://127.0.0.1/metrics"));
    const name = "walq_web_config_last_reload_successful";
    return new RegExp(`^${name} (.*)$`, "m").exec(await answer.text())?.[1];
  };
  assert.equal(await inForce(), "1");
  await putFile(host, "/work/web.yml", "http_server_config: [");
  await host.platform.time.advance(1_000);
  await inForce();
  assert.equal(await inForce(), "0");
  await putFile(host, "/work/web.yml", "http_server_config: { headers: {} }");
  await host.platform.time.advance(1_000);
  await inForce();
  assert.equal(await inForce(), "1");
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("that walq should be something else than an agent is told, and that it should be one is not", () => {
  const told = (...flags: string[]): string[] =>
    parsePrometheusFlags(flags, "/work").remarks.map(({ level, key }) => `${level} ${key}`);
  assert.deepEqual(told("--no-agent"), ["warn --no-agent"]);
  assert.deepEqual(told("--agent"), []);
  assert.deepEqual(told(), []);
});
