/**
 * Files with jobs as users of Prometheus have them: each good one loads, and each bad one
 * is refused at its line. test/peers/scrape_corpus.test.ts asks Prometheus the same.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { parseConfig } from "../../src/agent/config/config.ts";
import { messageOf } from "../../src/errors.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { BAD, BAD_HERE, BAD_NEWER } from "./scrape_corpus/bad.ts";
import { GOOD, GOOD_NEWER } from "./scrape_corpus/good.ts";
import { FILES } from "./scrape_corpus/text.ts";
import { sourceOf } from "./support.ts";

const MAIN = "/etc/prometheus.yml";
/** Behind the text, whose lines keep their numbers. */
const WRITE = "remote_write: [{ url: http://a/ }]\n";

const files = new MemoryFileSystem();

before(async () => {
  for (const [name, content] of Object.entries(FILES)) {
    const path = `/etc/${name}`;
    await files.makeDirectory(path.slice(0, path.lastIndexOf("/")));
    await files.writeAndSync(path, [new TextEncoder().encode(content)]);
  }
});

/** What is wrong, line by line; nothing if it loads. */
async function problemsOf(text: string): Promise<string[]> {
  const source = { ...sourceOf(files, MAIN), purpose: "check" } as const;
  const whole = `${text}${WRITE}`;
  return await parseConfig(whole, source).then(() => [], (error) => messageOf(error).split("\n"));
}

for (const [name, text] of Object.entries({ ...GOOD, ...GOOD_NEWER })) {
  test(`jobs that load: ${name}`, async () => {
    assert.deepEqual(await problemsOf(text.trimStart()), []);
  });
}

for (const [name, [line, key, text]] of Object.entries({ ...BAD, ...BAD_NEWER, ...BAD_HERE })) {
  test(`jobs that are refused: ${name}`, async () => {
    const [first = "accepted"] = await problemsOf(text);
    assert.ok(first.startsWith(`${MAIN}:${line}: ${key}`), first);
  });
}

test("a problem in another file of jobs has that file's name and line", async () => {
  assert.deepEqual(await problemsOf("scrape_config_files: [jobs/wrong.yaml]\n"), [
    '/etc/jobs/wrong.yaml:3: scrape_configs[0].scrape_interval: got "5", expected a number with a unit such as "5s"',
  ]);
  const [twice = "accepted"] = await problemsOf(
    "scrape_configs: [{ job_name: a }]\nscrape_config_files: [jobs/twice.yaml]\n",
  );
  assert.ok(twice.startsWith('/etc/jobs/twice.yaml:2: scrape_configs[0].job_name: got "a"'), twice);
});
