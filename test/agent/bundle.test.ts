/** The program as the npm package has it: in few files, of which some are loaded when they are needed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { bundleProgram } from "../../scripts/bundle_program.ts";
import { jsonOtlp, requestOf } from "../support/otlp.ts";
import { decodeRequest, encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { wholeBody } from "../support/whole_body.ts";
import { Program } from "./program.ts";

let directory: string;
let script: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "walq-bundle-"));
  // As in the package, of which no other file is here: nothing may be missing.
  await writeFile(join(directory, "package.json"), '{ "type": "module" }');
  await bundleProgram(directory);
  script = join(directory, "walq.js");
});
after(() => rm(directory, { recursive: true }));

test("the bundle says its version, and has the licences of what is in it", async () => {
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  const program = new Program(["--version"], directory, { script });
  assert.equal(await program.ended, 0);
  assert.match(program.output, new RegExp(`^walq ${version} on (?:node|deno|bun)$`));
  const licences = await readFile(join(directory, "walq", "LICENSES.txt"), "utf8");
  for (const name of ["hono", "prom-client", "yaml"]) {
    assert.match(licences, new RegExp(`^${name} \\d.*\\((?:MIT|ISC|Apache-2\\.0)\\)$`, "m"));
  }
  assert.match(licences, /Permission to use, copy, modify/);
});

test("what Node has compiled of the bundle is kept beside it, where Node can", async () => {
  const compiled = join(directory, "walq", "compiled");
  const kept = await readdir(compiled).catch(() => []);
  const { enableCompileCache } = process.getBuiltinModule("node:module");
  const isNode = !("Deno" in globalThis) && !("Bun" in globalThis);
  const isKept = isNode && enableCompileCache !== undefined && !process.env["NODE_COMPILE_CACHE"];
  assert.equal(kept.length > 0, isKept);
});

test("the bundle sends what comes in by each way, by rules, and SIGTERM ends it with 0", async () => {
  const arrived = new Map<string, Record<string, string>>();
  let heard = (): void => {};
  const endpoint = createServer(async (incoming, answer) => {
    const body = await wholeBody(incoming);
    if (body === undefined) return;
    for (const { labels } of decodeRequest(body)) {
      const byName: Record<string, string> = Object.fromEntries(labels);
      arrived.set(byName["__name__"]!, byName);
    }
    answer.writeHead(204).end();
    heard();
  }).listen(0, "127.0.0.1");
  await once(endpoint, "listening");
  const { port: endpointPort } = endpoint.address() as AddressInfo;
  await writeFile(
    join(directory, "walq.yaml"),
    `remote_write:
  - url: http://127.0.0.1:${endpointPort}/write
    name: main
    queue_config: { flush_interval: 10ms }
    write_relabel_configs: [{ source_labels: [__name__], regex: "(.).*", target_label: first }]
queue: { data_path: data }
server: { listen: 127.0.0.1:0, enable_otlp_receiver: true }
`,
  );
  const program = new Program(["run", "--config", "walq.yaml"], directory, { script });
  try {
    const port = await program.line(/walq is ready.* listen=127\.0\.0\.1:(\d+)/);
    const send = async (path: string, type: string, body: Uint8Array): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: "POST",
        headers: { "content-type": type },
        body: body as Uint8Array<ArrayBuffer>,
      });
      await answer.text();
      return answer.status;
    };
    const written = encodeRequest([wireSeries({ __name__: "by_write" }, Date.now(), 1)]);
    assert.equal(await send("/api/v1/write", "application/x-protobuf", written), 204);
    const page = new TextEncoder().encode("by_page 1\n");
    assert.equal(await send("/api/v1/import/prometheus", "text/plain", page), 204);
    const point = { asInt: "1", timeUnixNano: `${Date.now()}000000` };
    const otlp = jsonOtlp(requestOf([{ name: "by_otlp", gauge: { dataPoints: [point] } }]));
    assert.equal(await send("/api/v1/otlp/v1/metrics", "application/json", otlp), 200);
    const names = ["by_write", "by_page", "by_otlp"];
    while (!names.every((name) => arrived.has(name))) {
      await new Promise<void>((resolve) => heard = resolve);
    }
    for (const name of names) assert.equal(arrived.get(name)!["first"], "b", name);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(metrics, /^prometheus_remote_storage_samples_in_total\{.* 3$/m);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
  } finally {
    program.signal("SIGKILL");
    await program.ended;
    endpoint.closeAllConnections();
    endpoint.close();
  }
});
