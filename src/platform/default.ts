import type { Platform } from "../contracts.ts";

/**
 * The platform of the runtime that this is loaded on: disk, network, clock. Loads
 * nothing of the other runtimes. A queue closes the `http` that it was given, so
 * each queue is given its own.
 */
export async function defaultPlatform(): Promise<Platform> {
  if ("Deno" in globalThis) return (await import("./deno.ts")).denoPlatform();
  if ("Bun" in globalThis) return (await import("./bun.ts")).bunPlatform();
  return (await import("./node.ts")).nodePlatform();
}
