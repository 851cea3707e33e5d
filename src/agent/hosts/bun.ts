// The program on Bun: its platform and its outputs.
import { bunPlatform } from "../../platform/bun.ts";
import { nodeOutputs } from "./node_outputs.ts";
import type { HostRuntime } from "./process_host.ts";

export function bunRuntime(): HostRuntime {
  return { platform: bunPlatform(), write: nodeOutputs() };
}
