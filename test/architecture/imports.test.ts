import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brokenRules, circlesOf, importsOf } from "../../scripts/import_rules.ts";

/** A path, and an import there that the rules allow or forbid. */
type Case = readonly [path: string, specifier: string];

const ALLOWED: readonly Case[] = [
  ["src/errors.ts", "./types.ts"],
  ["src/contracts.ts", "./types.ts"],
  ["src/network/shard.ts", "../contracts.ts"],
  ["src/network/shard.ts", "../actor/mailbox.ts"],
  ["src/network/shard.ts", "./retry.ts"],
  ["src/store/record.ts", "../formats/alloy_v1.ts"],
  ["src/store/record.ts", "@msgpack/msgpack"],
  ["src/pipeline.ts", "./network/manager.ts"],
  ["src/queue.ts", "./pipelines.ts"],
  ["src/queue.ts", "./kernel/kernel.ts"],
  ["src/options.ts", "./options/checks.ts"],
  ["src/options/checks.ts", "valibot"],
  ["src/kernel/kernel.ts", "./bytes.ts"],
  ["src/platform/node.ts", "node:fs/promises"],
  ["src/agent/main.ts", "node:process"],
  ["src/agent/hosts/node.ts", "../../platform/node.ts"],
  ["src/agent/hosts/http_server.ts", "node:http"],
  ["src/agent/app.ts", "hono/body-limit"],
  ["src/agent/scrape/loop.ts", "../../queue.ts"],
  ["src/default_queue.ts", "./platform/default.ts"],
  ["mod.ts", "./src/default_queue.ts"],
  ["testing.ts", "./src/testing/memory.ts"],
  ["src/testing/memory_files.ts", "../platform/file_errors.ts"],
  ["asm/index.ts", "./bytes/memory"],
  ["asm/requests/route.ts", "../batch/rows"],
  ["asm/requests/route.ts", "./shards"],
  ["asm/formats/alloy/v2_read.ts", "../../intake/batch"],
  ["asm/intake/batch.ts", "./kept/sets"],
];

const FORBIDDEN: readonly Case[] = [
  ["src/types.ts", "./contracts.ts"],
  ["src/contracts.ts", "./options.ts"],
  ["src/network/shard.ts", "../endpoint/endpoint.ts"],
  ["src/appender/appender.ts", "../formats/alloy_v1.ts"],
  ["src/serializer/serializer.ts", "../formats/meta.ts"],
  ["src/endpoint/endpoint.ts", "../formats/meta.ts"],
  ["src/filequeue/filequeue.ts", "../serializer/serializer.ts"],
  ["src/endpoint/endpoint.ts", "../queue.ts"],
  ["src/endpoint/endpoint.ts", "../stats/queue_stats.ts"],
  ["src/formats/alloy_v1.ts", "../store/record.ts"],
  ["src/actor/mailbox.ts", "../network/shard.ts"],
  ["src/queue.ts", "./pipeline.ts"],
  ["src/queue.ts", "./platform/node.ts"],
  ["src/queue.ts", "./agent/app.ts"],
  ["src/queue.ts", "./kernel/bytes.ts"],
  ["src/kernel/other.ts", "./bytes.ts"],
  ["src/filequeue/filequeue.ts", "node:fs"],
  ["src/agent/app.ts", "node:http"],
  ["src/agent/app.ts", "../platform/node.ts"],
  ["src/agent/main.ts", "../platform/default.ts"],
  ["mod.ts", "./src/platform/default.ts"],
  ["mod.ts", "./src/testing/memory.ts"],
  ["mod.ts", "./testing.ts"],
  ["src/queue.ts", "./testing/memory.ts"],
  ["src/platform/node.ts", "../testing/memory.ts"],
  ["src/agent/main.ts", "../testing/memory.ts"],
  ["src/testing/memory.ts", "../queue.ts"],
  ["src/default_queue.ts", "./platform/node.ts"],
  ["src/network/manager.ts", "../pipeline.ts"],
  ["src/agent/app.ts", "../network/manager.ts"],
  ["src/network/request.ts", "yaml"],
  ["src/platform/node.ts", "yaml"],
  ["src/queue.ts", "hono"],
  ["src/queue.ts", "left-pad"],
  ["src/queue.ts", "valibot"],
  ["src/agent/app.ts", "honolulu"],
  ["asm/index.ts", "../src/types"],
  ["asm/batch/rows.ts", "../intake/batch"],
  ["asm/requests/route.ts", "../formats/walq/v1_read"],
  ["asm/formats/walq/v1_read.ts", "../alloy/v1_read"],
  ["asm/intake/kept/sets.ts", "../batch"],
  ["asm/new_module/file.ts", "../bytes/memory"],
  ["src/cellar/wine.ts", "../types.ts"],
  ["attic/box.ts", "./lid.ts"],
];

describe("import rules", () => {
  for (const [path, specifier] of ALLOWED) {
    it(`allows ${path} to import ${specifier}`, () => {
      assert.deepEqual(brokenRules(path, `import { x } from "${specifier}";\n`), []);
    });
  }

  for (const [path, specifier] of FORBIDDEN) {
    it(`forbids ${path} to import ${specifier}`, () => {
      assert.equal(brokenRules(path, `import { x } from "${specifier}";\n`).length, 1);
    });
  }

  it("sees every form of import", () => {
    const source = `/** \`import { no } from "comment-a";\` */
import a from "a";
import * as b from "b";
import type { C } from "c";
import {
  d,
  type D,
} from "d";
import "e";
export { f } from "f";
export * from "g";
export type { H } from "h";
// import { no } from "comment-b";
const i = await import("i");
type J = import("j").J;
const text = \`written from "text"\`;
export const from = "k";
export function from2(a = "l"): void {}
`;
    const { specifiers, computed } = importsOf(source);
    assert.deepEqual(specifiers.sort(), ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
    assert.equal(computed, false);
  });

  it("forbids an import of a computed name, which nobody can check", () => {
    const source = "const name = './' + 'x.ts';\nawait import(name);\n";
    assert.deepEqual(brokenRules("src/queue.ts", source), [
      "src/queue.ts: imports a computed name",
    ]);
  });

  it("forbids to name a runtime outside of the platforms", () => {
    for (
      const line of [
        "Deno.exit(1);",
        "const v = Bun.version;",
        'if ("Deno" in globalThis) run();',
        'if (typeof Bun !== "undefined") run();',
        "globalThis.Deno?.exit();",
      ]
    ) {
      assert.deepEqual(
        brokenRules("src/queue.ts", line),
        ["src/queue.ts: names Deno or Bun"],
        line,
      );
      assert.deepEqual(brokenRules("src/platform/x.ts", line), []);
      assert.deepEqual(brokenRules("src/agent/hosts/deno.ts", line), []);
    }
    assert.deepEqual(
      brokenRules("src/queue.ts", "// Runs on Deno.\n/** Not Bun.version. */\n"),
      [],
    );
  });

  it("finds circles, types included, and tells each once", () => {
    const sources = new Map([
      ["src/options.ts", 'export { resolve } from "./options/resolve.ts";\n'],
      ["src/options/resolve.ts", 'import type { A } from "../options.ts";\n'],
      ["src/queue.ts", 'import { resolve } from "./options.ts";\nimport "valibot";\n'],
      ["asm/a.ts", 'import { b } from "./codec/b";\n'],
      ["asm/codec/b.ts", 'import { c } from "./c";\n'],
      ["asm/codec/c.ts", 'import { a } from "../a";\n'],
    ]);
    assert.deepEqual(circlesOf(sources), [
      ["src/options.ts", "src/options/resolve.ts"],
      ["asm/a.ts", "asm/codec/b.ts", "asm/codec/c.ts"],
    ]);
    sources.set("src/options/resolve.ts", 'import type { A } from "./a.ts";\n');
    sources.set("asm/codec/c.ts", "");
    assert.deepEqual(circlesOf(sources), []);
  });
});
