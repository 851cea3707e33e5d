/**
 * Writes what comes from the tables of the options (`src/options/tables/`): their
 * interfaces, and the tables in docs/options.md. `npm run build:options`; a test
 * fails while one of them is not what the rows give.
 */
import { readFile, writeFile } from "node:fs/promises";
import { outputs } from "./options/outputs.ts";

for (const { path, render } of outputs()) {
  const present = await readFile(path, "utf8").catch(() => "");
  const text = render(present);
  if (text === present) continue;
  await writeFile(path, text);
  console.log(`wrote ${path}`);
}
