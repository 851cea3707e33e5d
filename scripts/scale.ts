/**
 * `npm run scale`: from what was measured, how many processes, streams, partitions and servers so
 * many edge hosts need, how full each is, and where the next limit is. docs/scale.md has what it
 * prints. After `--`:
 *
 *     --edges 10,1000,100000
 *     --measured FILE (again for more)  figures of another run of `npm run bench -- stream`
 *     --keep                            and writes them to scripts/scale/measured.json
 *     --series, --replicas, ...         each of the assumptions that it prints
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { costsOf } from "./scale/costs.ts";
import { DEFAULT_INPUTS, INPUT_OPTIONS, type Inputs } from "./scale/inputs.ts";
import { MEASURED_PATH, readBench, readMeasured } from "./scale/measured.ts";
import { EDGES, originLines } from "./scale/outputs.ts";
import { TABLES } from "./scale/tables.ts";

const own = Object.values(INPUT_OPTIONS).map(([option]) => [option, { type: "string" }] as const);
const { values } = parseArgs({
  options: {
    edges: { type: "string", default: EDGES.join(",") },
    measured: { type: "string", multiple: true },
    keep: { type: "boolean", default: false },
    ...Object.fromEntries(own),
  },
});
const given = values as Readonly<Record<string, unknown>>;

const measured = values.measured === undefined ? readMeasured() : readBench(values.measured);
if (values.keep) {
  writeFileSync(MEASURED_PATH, JSON.stringify(measured, undefined, 2) + "\n");
  console.log(`wrote ${MEASURED_PATH}`);
}
const scale = {
  inputs: inputsOf(),
  measured,
  costs: costsOf(measured),
  edges: values.edges.split(",").map((text) => numberOf("edges", text)),
};
console.log(originLines(measured));
for (const { title, render } of TABLES) console.log(`${title}\n\n${render(scale)}`);

function inputsOf(): Inputs {
  const changed = Object.entries(INPUT_OPTIONS).flatMap(([key, [option]]) => {
    const text = given[option];
    return typeof text === "string" ? [[key, numberOf(option, text)] as const] : [];
  });
  return { ...DEFAULT_INPUTS, ...Object.fromEntries(changed) };
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${option}: got "${text}", expected a number that is not negative`);
}
