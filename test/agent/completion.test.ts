/** `walq completion`: what each shell makes of it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { main } from "../../src/agent/cli.ts";
import { COMMANDS } from "../../src/agent/commands/table.ts";
import { completionFor } from "../../src/agent/completion/completion.ts";
import { FakeHost } from "./support.ts";

const directory = mkdtempSync(join(tmpdir(), "walq-completion-"));
after(() => rmSync(directory, { recursive: true }));
for (const name of ["a.yaml", "with blank.yaml"]) writeFileSync(join(directory, name), "");

const names = COMMANDS.map(({ name }) => name);

function run(shell: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(shell, args, { cwd: directory, encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""], shell);
  return stdout;
}

function missing(shell: string): string | false {
  return spawnSync(shell, ["-c", "true"]).error !== undefined && `no ${shell} here`;
}

/** The script of a shell, in a file. */
function scriptOf(shell: string): string {
  const path = join(directory, `walq.${shell}`);
  writeFileSync(path, completionFor(shell, COMMANDS));
  return path;
}

/** What bash offers behind these words, of which the last is being written. */
function offered(...words: readonly string[]): string[] {
  const line = ["walq", ...words].map((word) => `'${word}'`).join(" ");
  const script = `source '${scriptOf("bash")}'
COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _walq; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run("bash", "-c", script).split("\n").filter((one) => one !== "");
}

test("the command prints what the shell is for, and refuses others", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const host = new FakeHost(["completion", shell]);
    assert.equal(await main(host), 0);
    assert.equal(host.printed.stdout, completionFor(shell, COMMANDS));
  }
  const host = new FakeHost(["completion", "tcsh"]);
  assert.equal(await main(host), 2);
  assert.match(host.errLines.join("\n"), /SHELL: got "tcsh", expected bash, zsh or fish/);
});

test("bash completes commands, options and their values", { skip: missing("bash") }, () => {
  assert.deepEqual(offered(""), [...names, "help", "--help", "--version"]);
  assert.deepEqual(offered("ch"), ["check"]);
  assert.deepEqual(offered("run", "--log-"), ["--log-format", "--log-level"]);
  assert.deepEqual(offered("run", "--log-format", ""), ["logfmt", "json"]);
  assert.deepEqual(offered("run", "--log-format", "=", "j"), ["json"]);
  assert.deepEqual(offered("run", "--log-format", "="), ["logfmt", "json"]);
  assert.deepEqual(offered("check", "--config", "w").sort(), ["walq.bash", "with blank.yaml"]);
  assert.deepEqual(offered("run", "--set", ""), []);
  assert.deepEqual(offered("help", "ag"), ["agent"]);
  assert.deepEqual(offered("nobody", ""), []);
  for (const { name, flags } of COMMANDS) {
    assert.deepEqual(offered(name, "--"), [...flags.map((flag) => flag.name), "--help"]);
  }
});

test("zsh takes its script", { skip: missing("zsh") }, () => {
  run("zsh", "-n", scriptOf("zsh"));
  const script = `autoload -Uz compinit; compinit -u -D; source ${scriptOf("zsh")}`;
  // Outside of a completion it has nothing to complete; what it says of the table is read.
  const { stderr } = spawnSync("zsh", ["-fc", script], { encoding: "utf8" });
  assert.doesNotMatch(stderr, /parse error|bad pattern|command not found/);
});

test("fish completes commands, options and their values", { skip: missing("fish") }, () => {
  const ask = (line: string): string[] =>
    run("fish", "--no-config", "-c", `source ${scriptOf("fish")}; complete -C '${line}'`)
      .split("\n").filter((one) => one !== "").map((one) => one.split("\t")[0]!);
  assert.deepEqual(ask("walq ").sort(), [...names].sort());
  assert.deepEqual(ask("walq run --log-format "), ["json", "logfmt"]);
  assert.deepEqual(ask("walq run --shutdown"), ["--shutdown-grace"]);
});
