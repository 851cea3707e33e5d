/**
 * A day of a queue before four endpoints, in virtual time: `npm run day`. Prints what came
 * of it, and draws it into docs/parallelism/. `-- --hours 3` is a shorter one, which draws
 * nothing.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { loadKernel } from "../src/kernel/kernel.ts";
import { ENDPOINTS, NAMES } from "../test/day/endpoints.ts";
import { figuresOf } from "../test/day/figures.ts";
import { runDay } from "../test/day/run_day.ts";
import { daySvg } from "../test/day/svg.ts";

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "24" },
    seed: { type: "string", default: "1" },
  },
});
const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} min`;

await loadKernel();
const beganMs = performance.now();
const day = await runDay(Number(values.hours), Number(values.seed));
for (const one of figuresOf(day)) {
  console.log(
    `${one.name.padEnd(11)}${one.changes} changes, ${one.shardsMin} to ${one.shardsMax} shards, ` +
      `drift up to ${minutes(one.driftMsMax)}, more than a minute behind for ` +
      `${minutes(one.behindMs)}, ${one.isThrough ? "through" : "NOT through"} at the end` +
      `  (${ENDPOINTS[one.name]})`,
  );
}
console.log(`${((performance.now() - beganMs) / 1000).toFixed(0)} s`);
if (values.hours === "24") {
  await mkdir("docs/parallelism", { recursive: true });
  for (const name of NAMES) await writeFile(`docs/parallelism/${name}.svg`, daySvg(day, name));
}
