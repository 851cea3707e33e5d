/** `package.json` and `deno.json` must say the same; exits with 1 when they do not. */
import { readFile } from "node:fs/promises";
import process from "node:process";

const npm = JSON.parse(await readFile("package.json", "utf8"));
const deno = JSON.parse(await readFile("deno.json", "utf8"));
const wrong: string[] = [];

function same(what: string, inNpm: unknown, inDeno: unknown): void {
  if (inNpm !== inDeno) wrong.push(`${what}: package.json has ${inNpm}, deno.json has ${inDeno}`);
}

same("version", npm.version, deno.version);
same("license", npm.license, deno.license);
const packages = new Set([...Object.keys(npm.dependencies), ...Object.keys(deno.imports)]);
for (const name of packages) {
  const range = npm.dependencies[name];
  same(name, range && `npm:${name}@${range}`, deno.imports[name]);
}
// What is imported; the program is `bin` in one and `./cli` in the other.
const entries = (exports: object): string =>
  Object.keys(exports).filter((name) => !["./package.json", "./cli"].includes(name)).join(", ");
same("exports", entries(npm.exports), entries(deno.exports));
const [, inSource] = (await readFile("src/version.ts", "utf8").catch(() => ""))
  .match(/"(\d+\.\d+\.\d+[^"]*)"/) ?? [];
if (inSource !== undefined) same("src/version.ts", npm.version, inSource);

for (const line of wrong) console.error(line);
console.log(`${wrong.length} differences between package.json and deno.json`);
process.exitCode = wrong.length > 0 ? 1 : 0;
