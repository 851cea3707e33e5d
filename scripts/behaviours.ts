/**
 * How endpoints behave, and what walq makes of it, on each runtime: `npm run behaviours`
 * runs all against real servers and writes docs/endpoint-behaviours.md. Exits with 1 when
 * the runtimes do not agree on what becomes of the data.
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { GROUPS } from "./behaviours/groups.ts";
import { lateSamples } from "./behaviours/late_samples.ts";
import type { Observed } from "./behaviours/observe.ts";

const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  Node: ["node_modules/node-26/bin/node", "build/scripts/behaviours_on.js"],
  Deno: ["node_modules/.bin/deno", "run", "-A", "--no-check", "scripts/behaviours_on.ts"],
  Bun: ["node_modules/.bin/bun", "scripts/behaviours_on.ts"],
};

const HEAD = `# What walq makes of how an endpoint behaves

\`npm run behaviours\` plays each of these by a real server, sends four samples of four series to it, on Node, Deno and Bun, and writes this page. The waits between attempts are a few milliseconds there. What is kept or held is on disk, and is sent as soon as the endpoint takes it; \`ttl\` and \`max_disk_bytes\` are the bounds. The last column is the first warning in the log.
`;

async function run([file = "", ...args]: readonly string[]): Promise<Map<string, Observed>> {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return new Map(
    output.trim().split("\n").map((line) => {
      const { name, ...observed } = JSON.parse(line) as Observed & { name: string };
      return [name, observed];
    }),
  );
}

/** One text where all runtimes agree, else one for each. */
function merged(texts: readonly (readonly [runtime: string, text: string])[]): string {
  const [[, first] = ["", ""]] = texts;
  if (texts.every(([, text]) => text === first)) return first;
  return texts.map(([runtime, text]) => `${runtime}: ${text || "nothing"}`).join("<br>");
}

/** A busy machine may need one more. */
function attemptsOf(counts: readonly (number | undefined)[]): string {
  const known = counts.filter((count) => count !== undefined);
  if (known.length < counts.length) return "";
  const [least, most] = [Math.min(...known), Math.max(...known)];
  if (most === 1) return " in 1 attempt";
  return ` in ${least === most ? most : `${least} to ${most}`} attempts`;
}

const byRuntime: (readonly [string, Map<string, Observed>])[] = [];
for (const [runtime, command] of Object.entries(RUNTIMES)) {
  byRuntime.push([runtime, await run(command)]);
  console.log(`${runtime}: ${byRuntime.at(-1)![1].size} behaviours`);
}
const differing: string[] = [];
const sections = GROUPS.map(({ title, behaviours }) => {
  const rows = behaviours.map(({ name }) => {
    const observed = byRuntime.map(([runtime, all]) => [runtime, all.get(name)!] as const);
    const of = (part: "did" | "said") =>
      merged(observed.map(([runtime, one]) => [runtime, one[part]] as const));
    const did = of("did") + attemptsOf(observed.map(([, { attempts }]) => attempts));
    if (new Set(byRuntime.map(([, all]) => all.get(name)!.did)).size > 1) differing.push(name);
    return `| ${
      [name, did, of("said")].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")
    } |\n`;
  });
  return `\n## ${title}\n\n| the endpoint | walq | in the log |\n| --- | --- | --- |\n${
    rows.join("")
  }`;
});
writeFileSync("docs/endpoint-behaviours.md", HEAD + sections.join("") + lateSamples());
const count = GROUPS.reduce((sum, { behaviours }) => sum + behaviours.length, 0);
console.log(`wrote docs/endpoint-behaviours.md: ${count} behaviours`);
for (const name of differing) console.log(`the runtimes differ: ${name}`);
process.exitCode = differing.length > 0 ? 1 : 0;
