import type { Platform } from "../contracts.ts";

/** The platform of the runtime that this is loaded on; loads nothing of the others. */
export async function defaultPlatform(): Promise<Platform> {
  if ("Deno" in globalThis) return (await import("./deno.ts")).denoPlatform();
  if ("Bun" in globalThis) return (await import("./bun.ts")).bunPlatform();
  return (await import("./node.ts")).nodePlatform();
}
