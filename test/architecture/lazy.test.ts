/** What an application loads when it imports the library, and what it does not. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import { Queue } from "../../src/queue.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { importsOf } from "../../scripts/import_rules.ts";

interface Loaded {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
}

/** What is loaded with a file, to the last: types are not, and neither is what is imported when it is needed. */
function loadedWith(entry: string): Loaded {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    const source = readFileSync(path, "utf8")
      .replaceAll(/^(?:import|export) type\s[^;]*?;/gms, "")
      .replaceAll(/\bimport\(/g, "later(");
    for (const specifier of importsOf(source).specifiers) {
      if (specifier.startsWith(".")) waiting.push(posix.join(posix.dirname(path), specifier));
      else if (!specifier.startsWith("node:")) packages.add(specifier);
    }
  }
  return { files, packages };
}

/** Rooms that are for the program alone. */
const FOR_THE_PROGRAM =
  /^src\/(?:agent|scrape|discovery|testing|options\/tables\/(?:scrape|discovery))\//;

for (const entry of ["mod.ts", "prom_client.ts", "opentelemetry.ts", "receiver.ts"]) {
  test(`${entry} loads nothing of the program`, () => {
    const { files, packages } = loadedWith(entry);
    assert.deepEqual([...files].filter((path) => FOR_THE_PROGRAM.test(path)), []);
    const others = [
      "yaml",
      "bcryptjs",
      "prom-client",
      ...(entry === "receiver.ts" ? [] : ["hono"]),
    ];
    assert.deepEqual(others.filter((name) => packages.has(name)), []);
  });
}

test("the entries beside the queue load no queue, and no kernel", () => {
  for (const entry of ["prom_client.ts", "opentelemetry.ts", "receiver.ts"]) {
    const { files } = loadedWith(entry);
    assert.ok(files.size < 30, `${files.size} files with ${entry}`);
    for (const path of ["src/queue.ts", "src/kernel/bytes.ts"]) assert.ok(!files.has(path), path);
  }
});

test("the program loads what few configurations need when it is needed", () => {
  const { files, packages } = loadedWith("src/agent/loaded.ts");
  for (const path of ["src/queue.ts", "src/agent/run.ts"]) assert.ok(files.has(path), path);
  for (const name of ["prom-client", "bcryptjs"]) assert.ok(!packages.has(name), name);
  assert.deepEqual([...files].filter((path) => path.startsWith("src/agent/demo/")), []);
  const ofPage = [...files].filter((path) => path.startsWith("src/agent/page/"));
  assert.deepEqual(ofPage, ["src/agent/page/lazy_page.ts"]);
});

test("what a version is said by loads neither the queue nor a package", () => {
  const { files, packages } = loadedWith("src/agent/program.ts");
  assert.ok(!files.has("src/queue.ts") && !files.has("src/kernel/bytes.ts"));
  assert.deepEqual([...packages], []);
});

test("nobody without a stream loads the client of NATS", () => {
  const runtimes = ["node", "deno", "bun"].map((name) => `src/platform/${name}.ts`);
  for (const entry of ["mod.ts", "testing.ts", "src/agent/loaded.ts", ...runtimes]) {
    const { files, packages } = loadedWith(entry);
    assert.deepEqual([...packages].filter((name) => name.startsWith("@nats-io/")), [], entry);
    assert.deepEqual([...files].filter((path) => path.startsWith("src/platform/nats/")), [], entry);
  }
  const { packages } = loadedWith("src/platform/nats/connect.ts");
  assert.ok(packages.has("@nats-io/nats-core/internal"), "it would be found");
});

test("the program's own rooms would be found", () => {
  const { files, packages } = loadedWith("src/agent/app.ts");
  assert.ok([...files].some((path) => FOR_THE_PROGRAM.test(path)));
  assert.ok(packages.has("hono"));
});

test("the kernel is compiled once, however many queues are opened", async () => {
  const { compile } = WebAssembly;
  let compiled = 0;
  WebAssembly.compile = (...args) => {
    compiled++;
    return compile(...args);
  };
  try {
    for (const dataPath of ["/one", "/two", "/three"]) {
      const endpoints = [{ name: "one", url: "http://one/" }];
      const queue = await Queue.open({ dataPath, endpoints }, { platform: new MemoryPlatform() });
      await queue.close();
    }
  } finally {
    WebAssembly.compile = compile;
  }
  assert.equal(compiled, 1);
});
