/** The lines of docs/tools.md, as they stand there, one after the other on one machine. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { main } from "../../../src/agent/cli.ts";
import { COMMANDS } from "../../../src/agent/commands/table.ts";
import { MemoryPlatform } from "../../../src/testing/memory.ts";
import { ALL_KINDS, fileOf, numbered } from "../../tools/support.ts";
import { FakeHost } from "../support.ts";

const DOCUMENT = "docs/tools.md";
const LINES = [...readFileSync(DOCUMENT, "utf8").matchAll(/^ {4}walq (.+)$/gm)]
  .map(([, line]) => line!);

test("each line of the document does what it says, and has what its reader would see", async () => {
  const platform = new MemoryPlatform();
  platform.files.plant("/data/mimir/wal/17.committed", fileOf(ALL_KINDS));
  platform.files.plant("/data/mimir/wal/18.committed", fileOf(numbered(1)));
  platform.files.plant("/alloy/1.committed", fileOf(numbered(2), "alloy.metrics.queue.v1"));
  assert.ok(LINES.length >= 14, `${LINES.length} lines`);
  for (const line of LINES) {
    const named = line.split(" ");
    // convert of a file that was moved to the other machine
    if (
      named[1]?.startsWith("data/mimir/wal/17") && platform.files.peek(`/${named[1]}`) === undefined
    ) {
      platform.files.plant(`/${named[1]}`, fileOf(ALL_KINDS));
    }
    const host = new FakeHost(named, platform);
    assert.equal(await main(host), 0, `${line}: ${host.errLines.join("\n")}`);
    assert.notEqual(host.printed.stdout, "", line);
  }
});

test("the document has a line of each command on files", () => {
  const shown = new Set(LINES.map((line) => line.split(" ")[0]));
  for (const name of ["inspect", "verify", "repair", "export", "import", "convert"]) {
    assert.ok(shown.has(name), name);
    assert.ok(COMMANDS.some((row) => row.name === name), name);
  }
});
