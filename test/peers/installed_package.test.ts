/**
 * The package as a user gets it: packed, installed into an empty directory, and
 * started by its own `walq` under each runtime. What it depends on is what the
 * lock file here says; npm takes it from its cache or from the registry.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { KeepingEndpoint } from "./support/endpoint.ts";
import { Program } from "./support/program.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";
import { writeConfig } from "./support/walq.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";

const NODE_20 = resolve("node_modules/node-20/bin/node");
const NODE_26 = resolve("node_modules/node-26/bin/node");
const DENO = resolve("node_modules/.bin/deno");
const BUN = resolve("node_modules/.bin/bun");
const BIN = "node_modules/.bin/walq";

/** Each way to start it, with the runtime that it must find itself on. */
const PROGRAMS: readonly (readonly [runtime: string, command: readonly string[]])[] = [
  ["node", [NODE_20, BIN]],
  ["node", [NODE_26, BIN]],
  ["bun", [BUN, "--bun", BIN]],
  ["bun", [BUN, "node_modules/walq/dist/src/agent/node.js"]],
  ["deno", [DENO, "run", "-A", BIN]],
  ["deno", [DENO, "run", "-A", "npm:walq"]],
];

const SCRIPT = `import { defaultPlatform, Queue } from "walq";
import { collect } from "walq/prom-client";
import { WalqMetricExporter } from "walq/opentelemetry";
import { receiver } from "walq/receiver";
import { MemoryPlatform } from "walq/testing";
import process from "node:process";
const [, , dataPath, url] = process.argv;
const queue = await Queue.open({ dataPath, endpoints: [{ name: "peer", url, flushInterval: "10ms" }] });
const appender = queue.appender();
appender.append({ __name__: "from_library" }, Date.now(), 7);
await appender.commit({ durable: true });
while (queue.stats().endpoints[0].deliveredTotal < 1) await new Promise((r) => setTimeout(r, 10));
await collect({ getMetricsAsArray: () => [] }, queue).stop();
if ((await receiver(queue).request("/api/v1/write")).status !== 405) throw new Error("no receiver");
const empty = { resource: { attributes: {} }, scopeMetrics: [] };
const { code } = await new Promise((done) => new WalqMetricExporter(queue).export(empty, done));
if (code !== 0) throw new Error("no exporter");
const otlp = new Request("http://host/v1/metrics", { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
if ((await receiver(queue).fetch(otlp)).status !== 200) throw new Error("no OTLP");
await queue.close();
console.log((await defaultPlatform()).name, new MemoryPlatform().name);
process.exit(0);
`;

const TYPES = `import { type Labels, Queue, type WalqError } from "walq";
import { collect, type Collection } from "walq/prom-client";
import { WalqMetricExporter } from "walq/opentelemetry";
import { type AnswerRequest, remoteWriteHandler } from "walq/receiver";
import { MemoryPlatform } from "walq/testing";
export async function start(labels: Labels): Promise<Collection> {
  const endpoints = [{ name: "peer", url: "http://peer/" }];
  const queue = await Queue.open({ dataPath: "./data", endpoints });
  const answer: AnswerRequest = remoteWriteHandler(queue);
  void [answer, new WalqMetricExporter(queue), new MemoryPlatform()];
  // @ts-expect-error: these are the types, and not "any"
  await queue.push({ a: "1" });
  return collect({ getMetricsAsArray: () => [] }, queue, { labels });
}
export type Code = WalqError["code"];
`;

const LIBRARIES: readonly (readonly [runtime: string, command: readonly string[]])[] = [
  ["node", [NODE_20, "library.mjs"]],
  ["node", [NODE_26, "library.mjs"]],
  ["bun", [BUN, "library.mjs"]],
  ["deno", [DENO, "run", "-A", "library.mjs"]],
];

describe("the installed package", () => {
  const directory = scratchDirectory("package");
  let endpoint: KeepingEndpoint;

  before(async () => {
    install(directory);
    writeFileSync(join(directory, "library.mjs"), SCRIPT);
    endpoint = await KeepingEndpoint.open();
    endpoint.comeUp();
  });
  after(() => endpoint.close());

  for (const [index, [runtime, command]] of PROGRAMS.entries()) {
    const name = command.slice(1).map((word) => word.replace(/^.*\/node_modules\//, "")).join(" ");
    it(`its walq sends on ${runtime}: ${name}`, async () => {
      const setup = { directory: scratchDirectory("installed"), url: endpoint.url };
      const config = await writeConfig(setup);
      const origin = `http://${/listen: (\S+)/.exec(readFileSync(config, "utf8"))![1]}`;
      const run = [...command, "run", "--config", config];
      const program = new Program(run, { cwd: directory });
      await program.ready(`${origin}/-/ready`);
      const series = [
        wireSeries({ __name__: "from_program", command: String(index) }, Date.now(), 7),
      ];
      const answer = await fetch(`${origin}/api/v1/write`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy" },
        body: encodeRequest(series) as Uint8Array<ArrayBuffer>,
      });
      assert.equal(answer.status, 204);
      await until(
        "the sample arrives",
        () => endpoint.arrived.some(({ labels }) => labels["command"] === String(index)),
      );
      assert.match(program.output, new RegExp(`walq is ready" version=\\S+ runtime=${runtime} `));
      assert.deepEqual(await program.stop(), { code: 0, signal: null });
    });
  }

  for (const [index, [runtime, command]] of LIBRARIES.entries()) {
    it(`its library sends on ${runtime}: ${index}`, async () => {
      const before = endpoint.arrived.length;
      const dataPath = join(scratchDirectory("library"), "data");
      const program = new Program([...command, dataPath, endpoint.url], { cwd: directory });
      const exit = await program.exited;
      assert.deepEqual(exit, { code: 0, signal: null }, program.describe());
      assert.match(program.output, new RegExp(`^${runtime} memory$`, "m"));
      assert.equal(endpoint.arrived[before]!.labels["__name__"], "from_library");
    });
  }

  it("its declarations need no newer library, and none of Node's types", () => {
    writeFileSync(join(directory, "types.mts"), TYPES);
    const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes"];
    const command = [
      resolve("node_modules/typescript/bin/tsc"),
      ...flags,
      ...["--module", "nodenext", "--target", "es2022", "types.mts"],
    ];
    const { status, stdout } = spawnSync(process.execPath, command, {
      cwd: directory,
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout);
  });
});

/** One package in a lock file. */
interface Locked {
  readonly dev?: boolean;
  readonly [key: string]: unknown;
}

function install(directory: string): void {
  npm(["pack", "--pack-destination", directory], ".");
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const { "": own, ...others } = lock.packages as Record<string, Locked>;
  const tarball = `file:${own!["name"]}-${own!["version"]}.tgz`;
  const root = { name: "empty", version: "1.0.0", dependencies: { walq: tarball } };
  const { version, dependencies, bin } = own!;
  const packages = {
    "": root,
    "node_modules/walq": { version, resolved: tarball, dependencies, bin },
    ...Object.fromEntries(Object.entries(others).filter(([, { dev }]) => !dev)),
  };
  writeFileSync(join(directory, "package.json"), JSON.stringify(root));
  writeFileSync(
    join(directory, "package-lock.json"),
    JSON.stringify({ name: "empty", version: "1.0.0", lockfileVersion: 3, packages }),
  );
  npm(["ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], directory);
}

function npm(args: readonly string[], cwd: string): void {
  // What an npm around this one has put into the environment is for that one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith("npm_")),
  );
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd, env, encoding: "utf8" });
  assert.equal(status, 0, `npm ${args.join(" ")}: ${stdout}${stderr}`);
}
