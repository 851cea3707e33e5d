/**
 * Answers of Docker, Consul and Kubernetes in many forms, to the discoveries of Prometheus 3.16
 * and to walq's: the same groups of targets, with the same labels.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse as parseYaml } from "yaml";
import { scrapePoolConfig } from "../../src/agent/api/job_config.ts";
import type { HttpRequest, TargetGroup } from "../../src/contracts.ts";
import { makeDiscovery } from "../../src/discovery/make_discovery.ts";
import { makeAnswer, type ScriptedAnswer } from "../../src/testing/memory.ts";
import { parse } from "../agent/parse_config.ts";
import { Harness } from "../discovery/support.ts";
import { LIST_SCENES } from "./discovery/list_scenes.ts";
import { CONSUL_SCENES } from "./discovery/consul_scenes.ts";
import { DOCKER_SCENES } from "./discovery/docker_scenes.ts";
import { SHOWN_JOBS } from "./discovery/shown_jobs.ts";
import { KUBERNETES_SCENES } from "./discovery/kubernetes_scenes.ts";
import type { Asked, Scene } from "./discovery/scene.ts";
import { buildWhenAsked } from "./support/built_by_go.ts";
import { scratchDirectory } from "./support/scratch.ts";

const SCENES: Readonly<Record<string, Scene>> = {
  ...DOCKER_SCENES,
  ...CONSUL_SCENES,
  ...KUBERNETES_SCENES,
  ...LIST_SCENES,
};
const REMOTE_WRITE = { remote_write: [{ url: "http://127.0.0.1:9/" }] };

const LATE_MS = 300;

/** A group in one form for both: each of its targets with all its labels, as a text. */
type Groups = Readonly<Record<string, readonly string[]>>;

const prometheus = buildWhenAsked("discovery");

describe("discoveries of Prometheus 3.16 and walq's", { skip: prometheus.skip }, () => {
  const servers: Server[] = [];
  const addresses = new Map<string, string>();
  const asked = new Map<string, Set<string>>();
  let wanted: Readonly<Record<string, Groups>> = {};

  before(async () => {
    for (const [name, scene] of Object.entries(SCENES)) {
      const own = new Set<string>();
      asked.set(name, own);
      if (scene.files !== undefined) {
        const directory = scratchDirectory("discovery");
        for (const [file, text] of Object.entries(scene.files)) {
          writeFileSync(join(directory, file), text);
        }
        addresses.set(name, directory);
        continue;
      }
      const server = serve(scene, own);
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      servers.push(server);
      addresses.set(name, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    }
    wanted = await prometheusFinds(fileOf(addresses));
  });

  after(() => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });

  it("jobs are shown alike", async () => {
    const scrape_configs = SHOWN_JOBS.map((job, index) => ({ job_name: `job ${index}`, ...job }));
    const file = JSON.stringify({ scrape_configs, ...REMOTE_WRITE });
    const [own, wanted] = [await walqShows(file), await prometheusShows(file)];
    for (const { job_name } of scrape_configs) {
      assert.deepEqual([job_name, own[job_name]], [job_name, wanted[job_name]]);
    }
  });

  for (const name of Object.keys(SCENES)) {
    it(name, async () => {
      const ownAsked = new Set<string>();
      const own = await walqFinds(name, addresses.get(name)!, ownAsked);
      const told = wanted[name] ?? {};
      const isEmpty = Object.keys(told).length === 0;
      assert.ok(!isEmpty || SCENES[name]!.mayBeEmpty, "Prometheus finds nothing");
      const sources = [...new Set([...Object.keys(own), ...Object.keys(told)])].sort();
      const faults = sources.flatMap((source) => differences(source, own[source], told[source]));
      assert.deepEqual(faults, []);
      assert.deepEqual([...ownAsked].sort(), [...asked.get(name)!].sort());
    });
  }
});

/** Targets that only one of the two has. */
function differences(
  source: string,
  own: readonly string[] = [],
  wanted: readonly string[] = [],
): string[] {
  return [
    ...own.filter((target) => !wanted.includes(target)).map((one) => `${source} walq ${one}`),
    ...wanted.filter((target) => !own.includes(target)).map((one) => `${source} Prometheus ${one}`),
    ...own.length === wanted.length ? [] : [`${source}: ${own.length}, not ${wanted.length}`],
  ];
}

/** What a job's configuration is shown as, by its name. */
async function walqShows(file: string): Promise<Record<string, unknown>> {
  const { scrape } = await parse(file);
  return Object.fromEntries(scrape.jobs.map((job) => {
    const { yaml } = scrapePoolConfig([{ job }], new URLSearchParams({ scrapePool: job.jobName }));
    assert.ok(!yaml.includes("hunter2"), yaml);
    return [job.jobName, parseYaml(yaml)];
  }));
}

async function prometheusShows(file: string): Promise<Record<string, unknown>> {
  const told = JSON.parse(await run(prometheus.path, ["-configs"], file)) as Record<string, string>;
  return Object.fromEntries(Object.entries(told).map(([name, text]) => [name, parseYaml(text)]));
}

function fileOf(addresses: ReadonlyMap<string, string>): string {
  const scrape_configs = Array.from(addresses, ([name, address]) => ({
    job_name: name,
    ...SCENES[name]!.options(address),
  }));
  return JSON.stringify({ scrape_configs, ...REMOTE_WRITE });
}

function serve(scene: Scene, asked: Set<string>): Server {
  return createServer((request, response) => {
    const answer = scene.answer(askedOf(`http://x${request.url}`, asked));
    if (answer === "open") {
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
      return;
    }
    const { status = 200, headers = {}, body, text = JSON.stringify(body) } = answer;
    // Prometheus does not wait for the lists of Jobs and ReplicaSets before it makes targets.
    const isLate = /\/endpoints(lices)?\?/.test(request.url ?? "");
    setTimeout(() => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(text);
    }, isLate ? LATE_MS : 0);
  });
}

/** Parameters that say how it is asked, and not for what. */
const MANNERS = new Set([
  ...["watch", "timeout", "timeoutSeconds", "resourceVersion", "resourceVersionMatch", "limit"],
  ...["allowWatchBookmarks", "sendInitialEvents", "continue", "index", "wait"],
]);

/** What is asked is noted in one form for both. */
function askedOf(url: string, asked: Set<string>): Asked {
  const { pathname, searchParams } = new URL(url);
  const own = [...searchParams].filter(([name]) => !MANNERS.has(name)).sort();
  asked.add(JSON.stringify([pathname, ...own]));
  return { path: pathname, query: searchParams };
}

/** All jobs at once: they wait for each other. */
async function prometheusFinds(file: string): Promise<Record<string, Groups>> {
  const told = JSON.parse(await run(prometheus.path, [], file)) as Record<
    string,
    readonly TargetGroup[]
  >;
  return Object.fromEntries(
    Object.entries(told).map(([job, groups]) => [job, formOf(groups)]),
  );
}

async function run(path: string, args: readonly string[], file: string): Promise<string> {
  const child = spawn(path, args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(file);
  let output = "";
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => log += text);
  const [code] = await once(child, "close");
  assert.equal(code, 0, log);
  return output;
}

function formOf(groups: Iterable<TargetGroup>): Groups {
  return Object.fromEntries(
    Array.from(groups, ({ source, labels, targets }) => [
      source,
      targets.map((target) => sortedText({ ...labels, ...target })).sort(),
    ]),
  );
}

function sortedText(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1)),
  );
}

async function walqFinds(
  name: string,
  address: string,
  asked: Set<string>,
): Promise<Groups> {
  const scene = SCENES[name]!;
  const { scrape } = await parse(fileOf(new Map([[name, address]])));
  const harness = new Harness((request) => scripted(scene, request, asked));
  for (const [file, text] of Object.entries(scene.files ?? {})) {
    await harness.put(join(address, file), text);
  }
  await harness.start(makeDiscovery(scrape.jobs[0]!.discoveries[0]!, harness.dependencies));
  await harness.pass(1_000);
  const groups = formOf(harness.groups.values());
  await harness.stop();
  return groups;
}

function scripted(
  scene: Scene,
  request: HttpRequest,
  asked: Set<string>,
): ScriptedAnswer | Promise<ScriptedAnswer> {
  const answer = scene.answer(askedOf(request.url, asked));
  if (answer === "open") return new Promise(() => {});
  const { status = 200, headers = {}, body, text = JSON.stringify(body) } = answer;
  return makeAnswer(status, text, { "content-type": "application/json", ...headers });
}
