/**
 * `node build/scripts/check_docs.js ENTRY...`: lints the documentation of what users import;
 * exits with 1 when something public is not documented.
 */
import { spawnSync } from "node:child_process";
import process from "node:process";

/**
 * `receiver` returns an app of Hono's, so that it can be put into another one. To make its
 * type public here would be to document Hono.
 */
const EXPECTED = "error[private-type-ref]: public type 'receiver' references private type 'Hono'";

const args = ["doc", "--lint", ...process.argv.slice(2)];
const { stdout, stderr, error } = spawnSync("node_modules/.bin/deno", args, {
  encoding: "utf8",
  env: { ...process.env, NO_COLOR: "1" },
  maxBuffer: 1 << 26,
});
if (error !== undefined) throw error;
const told = `${stdout}\n${stderr}`;
const found = told.split("\n").filter((line) => line.startsWith("error["));
const wrong = found.filter((line) => line !== EXPECTED);
// An error of another kind than lint's, or none where one was expected: look at this file.
const isUnderstood = found.length === 1 &&
  /^error: Found 1 documentation lint error\.$/m.test(told);
if (wrong.length > 0 || !isUnderstood) console.error(told.replace(/^Warning .*\n.*\n/gm, ""));
console.log(`${wrong.length} documentation lint errors`);
process.exitCode = wrong.length > 0 || !isUnderstood ? 1 : 0;
