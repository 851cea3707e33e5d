/**
 * `deno publish --dry-run`, and what is in the packages of JSR and npm: each relative link in a
 * document is to a file that the same package has. Exits with 1 when one is not.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const LINK = /\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g;
/** Text that shows what a link would look like. */
const CODE = /^```.*?^```|`[^`\n]*`/gms;

const packages = { JSR: filesOnJsr(), npm: filesOnNpm() };
let broken = 0;
for (const [name, files] of Object.entries(packages)) {
  const documents = [...files].filter((path) => path.endsWith(".md"));
  const links = documents.flatMap((path) => linksOf(path).map((to) => ({ path, to })));
  if (documents.length < 10 || links.length < 50) throw new Error(`${name}: ${links.length} links`);
  for (const { path, to } of links) {
    if (files.has(to)) continue;
    broken++;
    console.error(`${name}: ${path} links to ${to}, which is not in the package`);
  }
  console.log(
    `${name}: ${files.size} files, ${links.length} links in ${documents.length} documents`,
  );
}
process.exitCode = broken > 0 ? 1 : 0;

function linksOf(path: string): string[] {
  const text = readFileSync(path, "utf8").replaceAll(CODE, "");
  return [...text.matchAll(LINK)].map(([, to = ""]) => normalize(join(dirname(path), to)));
}

function filesOnJsr(): Set<string> {
  const told = run("node_modules/.bin/deno", ["publish", "--dry-run", "--allow-dirty"]);
  const root = pathToFileURL(process.cwd()).pathname;
  return new Set(
    [...told.matchAll(/^ +file:\/\/(\S+) \(/gm)].map(([, path = ""]) => relative(root, path)),
  );
}

function filesOnNpm(): Set<string> {
  const told = run("npm", ["pack", "--json", "--dry-run", "--ignore-scripts"]);
  const [{ files }] = JSON.parse(told.slice(told.indexOf("["))) as [{ files: { path: string }[] }];
  return new Set(files.map(({ path }) => path));
}

function run(command: string, args: readonly string[]): string {
  const env = { ...process.env, NO_COLOR: "1" };
  const options = { encoding: "utf8", env, maxBuffer: 1 << 26 } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (error !== undefined) throw error;
  // Deno tells its files on standard error, npm its warnings.
  if (status === 0) return command === "npm" ? stdout : stdout + stderr;
  console.error(stdout + stderr);
  throw new Error(`${command} ${args.join(" ")}: exit code ${status}`);
}
