/** The table of commands: what it says of each is true, and help shows all of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/agent/cli.ts";
import { checkValue } from "../../../src/agent/commands/check_value.ts";
import { parseWords } from "../../../src/agent/commands/parse.ts";
import { COMMANDS } from "../../../src/agent/commands/table.ts";
import { FakeHost } from "../support.ts";

async function printed(...args: string[]): Promise<string> {
  const host = new FakeHost(args);
  assert.equal(await main(host), 0, host.errLines.join("\n"));
  return host.outLines.join("\n");
}

test("names of commands and flags are what shells and completions take, each once", () => {
  const names = COMMANDS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, summary, flags, positionals } of COMMANDS) {
    assert.match(name, /^[a-z][a-z-]*$/);
    assert.match(summary, /^[^\n]{10,100}[^.\n]$/);
    const flagNames = flags.map((flag) => flag.name);
    assert.equal(new Set(flagNames).size, flagNames.length, name);
    for (const flag of flags) {
      assert.match(flag.name, /^--[a-z][a-z-]*$/);
      assert.match(flag.help, /^[^\n]+[^.\n]$/);
      assert.equal(flag.value?.kind === "choice", flag.value?.choices !== undefined);
      assert.ok(!(flag.value?.isRequired && flag.value.default), `${name} ${flag.name}`);
    }
    const repeated = positionals.findIndex((one) => one.isRepeatable);
    assert.ok(repeated < 0 || repeated === positionals.length - 1, name);
  }
});

test("defaults are values of their kind", () => {
  for (const { flags } of COMMANDS) {
    for (const { name, value } of flags) {
      if (value?.default !== undefined) checkValue(name, value, value.default);
    }
  }
});

test("each example is a command line that is taken", () => {
  for (const row of COMMANDS) {
    assert.ok(row.examples.length > 0, row.name);
    for (const { line } of row.examples) {
      const [name, ...words] = line.split(" ");
      assert.equal(name, row.name);
      parseWords(row, words);
    }
  }
});

test("help names all commands, and the help of each all that it takes", async () => {
  const all = await printed("--help");
  assert.equal(await printed("help"), all);
  for (const { name, summary, flags, positionals, examples } of COMMANDS) {
    assert.ok(all.includes(`  ${name} `) && all.includes(summary), name);
    const own = await printed(name, "--help");
    assert.equal(await printed("help", name), own);
    assert.equal(await printed(name, "-h"), own);
    for (const flag of flags) assert.ok(own.includes(flag.name), flag.name);
    for (const place of positionals) assert.ok(own.includes(place.name), place.name);
    for (const { line } of examples) assert.ok(own.includes(`walq ${line}`), line);
    assert.ok(own.split("\n").every((line) => line.length <= 100), own);
  }
});

test("help about what is no command is a wrong command line", async () => {
  const host = new FakeHost(["help", "nothing"]);
  assert.equal(await main(host), 2);
  assert.match(host.errLines[0]!, /unknown command "nothing"/);
});
