/** The runtime that this is loaded on. Bun and Deno pretend to be Node where they can, so they are checked first. */
export function runtimeName(): "node" | "deno" | "bun" {
  if ("Deno" in globalThis) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}
