/**
 * Writes the tables of docs/scale.md, as `npm run scale` prints them: `npm run build:scale`; with
 * `-- --check` it looks alone. A test fails while the page is not what they are.
 */
import { readFileSync } from "node:fs";
import { writeOrCheck } from "./generated.ts";
import { outputs } from "./scale/outputs.ts";

for (const { path, render } of outputs()) {
  writeOrCheck(path, render(readFileSync(path, "utf8")), {
    sources: "scripts/scale/",
    command: "npm run build:scale",
  });
}
