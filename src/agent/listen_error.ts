import { messageOf, WalqError } from "../errors.ts";

const REASONS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "the port is in use; is walq running already?"],
  ["AddrInUse", "the port is in use; is walq running already?"],
  ["EACCES", "not permitted; ports below 1024 are for root"],
  ["PermissionDenied", "not permitted; ports below 1024 are for root"],
  ["EADDRNOTAVAIL", "this host has no such address"],
  ["AddrNotAvailable", "this host has no such address"],
  ["ENOTFOUND", "this host has no such address"],
]);

/** Why a port cannot be opened, in words that are the same on every runtime. */
export function listenError(hostname: string, port: number, error: unknown): WalqError {
  const { code, name } = error as { code?: unknown; name?: unknown };
  const reason = REASONS.get(String(code)) ?? REASONS.get(String(name)) ?? messageOf(error);
  const message = `Cannot listen on ${hostAndPort(hostname, port)}: ${reason}`;
  return new WalqError("INVALID_OPTIONS", message, { cause: error });
}

/** An address as it is written in a URL: that of IPv6 has colons of its own. */
export function hostAndPort(hostname: string, port: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
