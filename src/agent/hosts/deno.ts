// The program on Deno: its platform and its outputs.
import { denoPlatform } from "../../platform/deno.ts";
import type { OutputName } from "../host.ts";
import type { HostRuntime } from "./process_host.ts";

/** The part of Deno's own API that this uses; declared for compilers without Deno's types. */
interface DenoOutputs {
  readonly stdout: DenoOutput;
  readonly stderr: DenoOutput;
}

/** One of the program's outputs. */
interface DenoOutput {
  write(bytes: Uint8Array): Promise<number>;
}

const deno = (globalThis as unknown as { Deno: DenoOutputs }).Deno;

export function denoRuntime(): HostRuntime {
  return { platform: denoPlatform(), write };
}

/** Not by console or `node:process`, which block here as long as a pipe is full. */
async function write(output: OutputName, text: string): Promise<void> {
  for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
    rest = rest.subarray(await deno[output].write(rest));
  }
}
