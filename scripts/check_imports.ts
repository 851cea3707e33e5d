/** Holds the imports of the public entries, `src/`, `asm/` and `web/` against the rules; exits with 1 when one is broken. */
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { brokenRules, circlesOf } from "./import_rules.ts";

const paths: string[] = [
  "mod.ts",
  "testing.ts",
  "prom_client.ts",
  "opentelemetry.ts",
  "receiver.ts",
];
for (const folder of ["src", "asm", "web"]) {
  const names = await readdir(folder, { recursive: true });
  paths.push(...names.filter((name) => name.endsWith(".ts")).map((name) => `${folder}/${name}`));
}
paths.sort();
const sources = new Map<string, string>();
for (const path of paths) sources.set(path, await readFile(path, "utf8"));
const broken = Array.from(sources, ([path, source]) => brokenRules(path, source)).flat();
for (const circle of circlesOf(sources)) broken.push(`a circle of imports: ${circle.join(", ")}`);
for (const rule of broken) console.error(rule);
console.log(`${paths.length} files, ${broken.length} broken import rules`);
process.exitCode = broken.length > 0 ? 1 : 0;
