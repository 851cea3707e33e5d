/**
 * What test/agent/scrape_corpus says of files with jobs, said by Debian's Prometheus: the
 * good ones whose keys 2.42 knows pass there, and the bad ones are refused.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { BAD } from "../agent/scrape_corpus/bad.ts";
import { GOOD } from "../agent/scrape_corpus/good.ts";
import { FILES } from "../agent/scrape_corpus/text.ts";
import { missing } from "./support/installed.ts";
import { scratchDirectory } from "./support/scratch.ts";

const WRITE = "remote_write: [{ url: http://a/ }]\n";
/** Discoveries that Debian builds without. */
const NOT_IN_DEBIAN = /(?:kubernetes|consul)_sd_configs/;

describe("the corpus of files with jobs", () => {
  it("is judged by Prometheus 2.42 as by walq", { skip: missing("promtool") }, () => {
    const texts = new Map([
      ...Object.entries(GOOD)
        .filter(([, text]) => !NOT_IN_DEBIAN.test(text))
        .map(([name, text]) => [`good: ${name}`, text] as const),
      ...Object.entries(BAD).map(([name, [, , text]]) => [`bad: ${name}`, text] as const),
    ]);
    const wrong = [...judge(texts)].filter(([name, says]) =>
      name.startsWith("good") !== (says === "SUCCESS")
    );
    assert.deepEqual(wrong, []);
  });
});

/** What promtool says of each text. */
function judge(texts: ReadonlyMap<string, string>): Map<string, string> {
  const directory = scratchDirectory("corpus");
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  const paths = new Map(
    [...texts].map(([name, text], index) => {
      const path = join(directory, `${index}.yml`);
      writeFileSync(path, `${text}${WRITE}`);
      return [path, name] as const;
    }),
  );
  const says = new Map<string, string>();
  for (const [path, name] of paths) {
    const { status, stderr } = spawnSync("promtool", ["check", "config", "--agent", path], {
      encoding: "utf8",
    });
    says.set(name, status === 0 ? "SUCCESS" : stderr.trim());
  }
  return says;
}
