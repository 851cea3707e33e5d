import { lookup } from "node:dns/promises";
import type { HostAddress } from "./http/lookups.ts";

/** The part of Bun's own API that this uses; declared for compilers without Bun's types. */
interface BunDns {
  readonly dns: {
    lookup(host: string, options: { backend: "c-ares" }): Promise<readonly HostAddress[]>;
  };
}

/**
 * Bun looks names up on the threads that also read and write files, as many as there
 * are processors: two names whose server is silent can keep the disk waiting for ten
 * seconds or more. c-ares needs no thread. What it does not find, such as a name that
 * only a module of the C library knows, is looked up the other way.
 */
export async function resolveByBun(host: string): Promise<readonly HostAddress[]> {
  const { dns } = (globalThis as unknown as { Bun: BunDns }).Bun;
  try {
    return await dns.lookup(host, { backend: "c-ares" });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return await lookup(host, { all: true });
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && /ENOTFOUND|ENODATA/.test(`${(error as { code?: string }).code}`);
}
