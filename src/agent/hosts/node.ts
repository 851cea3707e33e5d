// The program on Node: its platform and its outputs.
import { Socket } from "node:net";
import { nodePlatform } from "../../platform/node.ts";
import { nodeOutputs } from "./node_outputs.ts";
import type { HostRuntime } from "./process_host.ts";

export function nodeRuntime(): HostRuntime {
  return {
    platform: nodePlatform(),
    write: nodeOutputs(),
    openPipe: (file) => new Socket({ fd: file, readable: true, writable: false }),
  };
}
