/** Where the time of walq under node goes: a CPU profile taken during the load, or while it scrapes. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { scratchDirectory } from "../test/peers/support/scratch.ts";
import { untilReached } from "../test/peers/support/until.ts";
import { WalqProgram, writeConfig } from "../test/peers/support/walq.ts";
import { type Load, runLoad } from "./run_load.ts";
import { kernelNames } from "./kernel_names.ts";
import { SinkProgram } from "./sink_program.ts";

/** The part of a .cpuprofile that is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const LINES = 60;
const ROOM_LINES = 30;

/** Compilers are through after so many scrapes, and are not looked at. */
const WARM_UP_SCRAPES = 60;

export async function profile(load: Load): Promise<void> {
  const sink = await SinkProgram.start();
  const directory = scratchDirectory("profile");
  const config = await writeConfig({ directory, url: sink.url });
  const runtimeArgs = ["--cpu-prof", `--cpu-prof-dir=${directory}`];
  const walq = await WalqProgram.start("node", config, { runtimeArgs });
  const beganMs = Date.now();
  const arrived = async (): Promise<number> => (await sink.counts()).samples;
  const warmUp = await runLoad(walq.writeUrl, { ...load, scrapes: WARM_UP_SCRAPES });
  await untilReached("the sink has all", warmUp.samples, arrived);
  const skippedMs = Date.now() - beganMs;
  const { samples } = await runLoad(walq.writeUrl, load);
  await untilReached("the sink has all", warmUp.samples + samples, arrived);
  await walq.program.stop("SIGTERM");
  await sink.program.stop();
  printProfile(directory, samples, skippedMs);
}

/** Prints the profile that node wrote into the directory when it ended. */
export function printProfile(directory: string, samples: number, skippedMs = 0): void {
  const name = readdirSync(directory).find((file) => file.endsWith(".cpuprofile"));
  if (!name) throw new Error(`No profile was written to ${directory}`);
  const whole = JSON.parse(readFileSync(join(directory, name), "utf8")) as CpuProfile;
  printTop(withoutStart(whole, skippedMs * 1000), samples);
}

/** What compilers and first pages took is not what it costs. */
function withoutStart(profile: CpuProfile, skippedUs: number): CpuProfile {
  let passedUs = 0;
  const first = profile.timeDeltas.findIndex((us) => (passedUs += us) > skippedUs);
  return {
    nodes: profile.nodes,
    samples: profile.samples.slice(first),
    timeDeltas: profile.timeDeltas.slice(first),
  };
}

/** Time in the rooms and in the functions themselves, callees excluded, largest first; the main thread alone. */
function printTop(profile: CpuProfile, signals: number): void {
  const kernel = kernelNames();
  const rooms = selfTimes(profile, (frame) => roomOf(frame, kernel));
  const totalUs = [...rooms.values()].reduce((sum, us) => sum + us, 0);
  console.log(`${(totalUs / 1e6).toFixed(2)} s on the main thread, ${signals} samples`);
  const print = (what: string, times: ReadonlyMap<string, number>, lines: number): void => {
    console.log(`    %  ns a sample  ${what}`);
    for (const [name, us] of [...times].sort((a, b) => b[1] - a[1]).slice(0, lines)) {
      const percent = (us / totalUs * 100).toFixed(1).padStart(5);
      console.log(`${percent}  ${(us * 1000 / signals).toFixed(1).padStart(11)}  ${name}`);
    }
  };
  print("room", rooms, ROOM_LINES);
  print("function", selfTimes(profile, (frame) => nameOf(frame, kernel)), LINES);
}

/** Microseconds by what a function's own time counts for. */
function selfTimes(
  { nodes, samples, timeDeltas }: CpuProfile,
  keyOf: (frame: CallFrame) => string,
): Map<string, number> {
  const keys = new Map(nodes.map(({ id, callFrame }) => [id, keyOf(callFrame)]));
  const selfUs = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const key = keys.get(id)!;
    selfUs.set(key, (selfUs.get(key) ?? 0) + timeDeltas[index]!);
  }
  selfUs.delete("(idle)");
  return selfUs;
}

/** A folder of asm/ or src/; Node's own JavaScript; or a function of Node itself, such as a system call. */
function roomOf(frame: CallFrame, kernel: Map<number, string>): string {
  const name = nameOf(frame, kernel);
  const inKernel = /^kernel: (asm\/[^/]+)/.exec(name)?.[1];
  if (inKernel !== undefined) return inKernel;
  if (name.startsWith("kernel: ")) return "asm";
  if (frame.url.startsWith("node:")) return "JavaScript of Node";
  if (frame.url === "") return name.startsWith("(") ? name : `Node: ${name}`;
  return /(src\/[^/:]+)\//.exec(frame.url)?.[1] ?? "src";
}

type CallFrame = CpuProfile["nodes"][number]["callFrame"];

function nameOf({ functionName, url, lineNumber }: CallFrame, kernel: Map<number, string>): string {
  const index = /^wasm-function\[(\d+)\]$/.exec(functionName)?.[1];
  if (index !== undefined) return `kernel: ${kernel.get(Number(index)) ?? index}`;
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const path = url.startsWith("file:") ? relative(process.cwd(), fileURLToPath(url)) : url;
  return `${name}  ${path}:${lineNumber + 1}`;
}
