/** ops/walq.yaml: what it says, and what it has switched off, is what walq takes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FakeHost, putFile } from "./support.ts";
import { main } from "../../src/agent/cli.ts";

const TEXT = readFileSync("ops/walq.yaml", "utf8");
const PATH = "/etc/walq/walq.yaml";

async function check(text: string): Promise<string> {
  const host = new FakeHost(["check", "--syntax-only", "--config", PATH]);
  await putFile(host, PATH, text);
  assert.equal(await main(host), 0, host.errLines.join("\n"));
  return host.outLines.join("\n");
}

test("ops/walq.yaml is taken as it is, without a remark", async () => {
  assert.equal(await check(TEXT), `OK: ${PATH} sends to mimir`);
});

test("each option that it has switched off is taken, too", async () => {
  let options = 0;
  const all = TEXT.replaceAll(/^( *)#(?! |$)/gm, (_, indent) => {
    options++;
    return indent;
  });
  assert.ok(options > 20, `${options} options`);
  assert.match(await check(all), new RegExp(`OK: ${PATH} sends to mimir$`));
});
