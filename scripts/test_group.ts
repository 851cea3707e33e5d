/**
 * Runs the test files that it is given, in one process: `node build/scripts/test_group.js FILE...`,
 * `deno test scripts/test_group.ts -- FILE...`. A start of a runtime, all modules and the
 * kernel are compiled once then, and not for each file. The tests run one after the other,
 * as those of one file do. Which files may be here says `own_process.ts`.
 */
import { test } from "node:test";
import { resolve } from "node:path";
import process from "node:process";
import { clearInterval, setInterval } from "node:timers";
import { pathToFileURL } from "node:url";

// Node takes all tests for ended when nothing keeps its loop alive, also while a file
// is read of which the tests are not known yet.
const readingOn = setInterval(() => {}, 2 ** 30);
for (const file of process.argv.slice(2)) {
  try {
    await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    test(`${file} cannot be loaded`, () => {
      throw error;
    });
  }
}
clearInterval(readingOn);
