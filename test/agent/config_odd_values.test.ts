/** Odd values load, and are refused, where Prometheus does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/agent/config/config.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { messageOf } from "../../src/errors.ts";
import { ENDPOINT, GLOBAL, JOB, type Odd, WHOLE } from "./odd_values.ts";
import { sourceOf } from "./support.ts";

const ENDPOINTS = "remote_write:\n  - url: http://mimir/api/v1/push\n";

/** What is wrong, with the line; nothing where it loads. Files that are named are not looked for. */
async function problemIn(text: string): Promise<string> {
  const source = sourceOf(new MemoryFileSystem(), "walq.yaml", ["queue.data_path=/data"]);
  return await parseConfig(text, { ...source, purpose: "check syntax" })
    .then(() => "", messageOf);
}

const KINDS: readonly (readonly [string, Odd, (line: string) => string])[] = [
  ["an endpoint", ENDPOINT, (line) => `${ENDPOINTS}    ${line}\n`],
  ["a job", JOB, (line) => `${ENDPOINTS}scrape_configs:\n  - job_name: j\n    ${line}\n`],
  ["global", GLOBAL, (line) => `global:\n  ${line}\n${ENDPOINTS}`],
  ["a file", WHOLE, (text) => text],
];

for (const [name, { good, bad }, fileOf] of KINDS) {
  test(`odd values of ${name} load as in Prometheus`, async () => {
    for (const line of good) assert.equal(await problemIn(fileOf(line)), "", line);
  });

  test(`odd values of ${name} are refused as in Prometheus, with their line`, async () => {
    for (const line of bad) {
      assert.match(await problemIn(fileOf(line)), /^walq\.yaml(?::\d+)?: /, line);
    }
  });
}
