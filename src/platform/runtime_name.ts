/** The runtime that this is loaded on. Bun and Deno pretend to be Node where they can: they are asked first. */
export function runtimeName(): "node" | "deno" | "bun" {
  if ("Deno" in globalThis) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}
