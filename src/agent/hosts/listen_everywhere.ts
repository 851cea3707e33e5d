import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Server } from "node:net";
import { runtimeName } from "../../platform/runtime_name.ts";

/** What Linux makes of a socket of IPv6 that says nothing about it: `1` keeps IPv4 out (ipv6(7)). */
const V6_ONLY_FILE = "/proc/sys/net/ipv6/bindv6only";
/** These are about the port, and another family changes nothing. */
const PORT_FAILURES: ReadonlySet<unknown> = new Set(["EADDRINUSE", "EACCES"]);

/**
 * Listens on every address of the host, of IPv4 and of IPv6, as Go does for each
 * wildcard (`favoriteAddrFamily` in net/ipsock_posix.go). A host without IPv6 has the
 * rest.
 */
export async function listenEverywhere(server: Server, port: number): Promise<void> {
  if (!await keepsIpv4Out()) {
    try {
      server.listen({ port, host: "::", ipv6Only: false });
      await once(server, "listening");
      return;
    } catch (error) {
      if (PORT_FAILURES.has((error as { code?: unknown }).code)) throw error;
    }
  }
  server.listen({ port, host: "0.0.0.0" });
  await once(server, "listening");
}

/** Deno leaves to the kernel what the others tell it. */
async function keepsIpv4Out(): Promise<boolean> {
  if (runtimeName() !== "deno") return false;
  const text = await readFile(V6_ONLY_FILE, "utf8").catch(() => "0");
  return text.trim() === "1";
}
