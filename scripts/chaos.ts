/**
 * Processes that share a stream, killed again and again: `npm run chaos -- --minutes 10`. Three
 * take in, three send, and three servers of NATS keep what is between them; one of these is
 * killed (SIGKILL) every few seconds. Exits with 1 when anything was lost, or overtaken.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { seededRandom } from "../src/testing/memory.ts";
import { runChaos } from "../test/peers/chaos/chaos.ts";
import { tryServers } from "../test/peers/chaos/servers_alone.ts";
import { ANY_RUNTIMES, type AnyRuntime } from "../test/peers/support/walq.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    intakes: { type: "string", default: "3" },
    senders: { type: "string", default: "3" },
    partitions: { type: "string", default: "32" },
    series: { type: "string", default: "200" },
    "every-ms": { type: "string", default: "500" },
    "kill-every-ms": { type: "string", default: "4000" },
    runtimes: { type: "string", default: "node,deno,bun" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    "nats-server": { type: "string" },
    /** Servers that may be down at once: with 1 there is always a quorum. */
    "servers-down": { type: "string", default: "3" },
    /** The servers without walq: what they acknowledge, and whether it is there at the end. */
    "servers-alone": { type: "boolean", default: false },
    /** With these what is old is deleted again and again. */
    purges: { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
  },
});
const runtimes = values.runtimes.split(",").map((name): AnyRuntime => {
  const known = ANY_RUNTIMES.find((one) => one === name);
  if (known === undefined) throw new Error(`--runtimes: got "${name}", expected ${ANY_RUNTIMES}`);
  return known;
});
console.log(`seed ${values.seed}`);
const beganMs = performance.now();
const note = (line: string): void => {
  if (values.quiet) return;
  console.log(`${((performance.now() - beganMs) / 1000).toFixed(1).padStart(7)} s  ${line}`);
};
if (values["servers-alone"]) {
  const { acked, missing, kills } = await tryServers({
    seconds: Number(values.minutes) * 60,
    publishers: 3,
    subjects: Number(values.partitions),
    purges: values.purges,
    everyMs: Number(values["every-ms"]),
    killEveryMs: Number(values["kill-every-ms"]),
    serversDownMax: Number(values["servers-down"]),
    natsServer: values["nats-server"],
    random: seededRandom(Number(values.seed)),
    note,
  });
  console.log(`${kills} kills; acknowledged ${acked} messages, of which ${missing} are not there`);
  process.exit(missing === 0 ? 0 : 1);
}
const result = await runChaos({
  seconds: Number(values.minutes) * 60,
  intakes: Number(values.intakes),
  senders: Number(values.senders),
  partitions: Number(values.partitions),
  series: Number(values.series),
  everyMs: Number(values["every-ms"]),
  killEveryMs: Number(values["kill-every-ms"]),
  runtimes,
  serversDownMax: Number(values["servers-down"]),
  random: seededRandom(Number(values.seed)),
  ...(values["nats-server"] !== undefined && { natsServer: values["nats-server"] }),
  note,
});
const { kills } = result;
console.log(
  `kills: ${kills.intake} of intakes, ${kills.sender} of senders, ${kills.server} of servers`,
);
console.log(`acknowledged ${result.acked}, acknowledged and not delivered ${result.missing}`);
console.log(
  `received ${result.received}: ${result.duplicates} twice, ${result.overtaken} in a wrong order`,
);
console.log(`requests that were sent again ${result.retried}`);
console.log(`the last one came ${result.drainSeconds.toFixed(1)} s after the last acknowledgement`);
process.exitCode = result.missing + result.overtaken === 0 ? 0 : 1;
process.exit();
