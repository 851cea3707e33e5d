import type { Platform } from "../contracts.ts";
import { runtimeName } from "./runtime_name.ts";

/**
 * The platform of the runtime that this is loaded on: disk, network, clock. Loads
 * nothing of the other runtimes. A queue closes the `http` that it was given, so
 * each queue is given its own.
 */
export async function defaultPlatform(): Promise<Platform> {
  switch (runtimeName()) {
    case "deno":
      return (await import("./deno.ts")).denoPlatform();
    case "bun":
      return (await import("./bun.ts")).bunPlatform();
    case "node":
      return (await import("./node.ts")).nodePlatform();
  }
}
