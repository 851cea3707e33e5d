/**
 * Feeds every reader of bytes from outside mutated and truncated inputs, and
 * prints what became of them. A failure prints the input.
 *
 *     node build/scripts/hostile.js [--count 1000000] [--seed N] [--only NAME]
 *     node build/scripts/hostile.js --large      files as large as may be, which take gigabytes
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { decompressZstd } from "../src/platform/zstd.ts";
import { attack } from "../test/hostile/attack.ts";
import { readLargeFiles } from "../test/hostile/large.ts";
import { otlpTargets } from "../test/hostile/otlp_target.ts";
import { pagesTargets } from "../test/hostile/pages_target.ts";
import { pushesTargets } from "../test/hostile/pushes_target.ts";
import { rejectedTargets } from "../test/hostile/rejected_target.ts";
import { targets } from "../test/hostile/targets.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    large: { type: "boolean", default: false },
  },
});
const count = Number(values.count);
const seed = Number(values.seed);
const MIB = 1024 * 1024;

if (values.large) {
  for (const outcome of readLargeFiles()) console.log(outcome);
  process.exit();
}
console.log(`${count} inputs for each reader, seed ${seed}, ${process.version}`);
if (decompressZstd === undefined) console.log("zstd: left out, this runtime has none");
let all = 0;
const readers = [
  ...targets(),
  ...pagesTargets(),
  ...pushesTargets(),
  ...otlpTargets(),
  ...rejectedTargets(),
];
for (const target of readers.filter(({ name }) => name.includes(values.only))) {
  const startedMs = performance.now();
  const { name, inputs, taken, refused } = attack(target, count, seed);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  const rss = (process.memoryUsage().rss / MIB).toFixed(0);
  const codes = Object.entries(refused).map(([code, number]) => `${code} ${number}`).join(", ");
  console.log(`${name}: taken ${taken}, ${codes}; ${seconds} s, RSS ${rss} MiB`);
  all += inputs;
}
console.log(`${all} inputs, none did harm`);
