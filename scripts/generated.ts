/** Files that are committed and made of others: written, or with `--check` held against what is there. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/** Says what is wrong, and ends the process with exit code 1. */
export function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

/**
 * @param of.sources what the text is made of, for the message
 * @param of.command what makes it anew
 */
export function writeOrCheck(
  path: string,
  text: string,
  of: { readonly sources: string; readonly command: string },
): void {
  if (!process.argv.includes("--check")) {
    writeFileSync(path, text);
    return;
  }
  let committed = "";
  try {
    committed = readFileSync(path, "utf8");
  } catch {
    fail(`${path} is missing: run ${of.command}.`);
  }
  if (committed !== text) fail(`${path} is not what ${of.sources} gives: run ${of.command}.`);
}
