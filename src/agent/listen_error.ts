import { messageOf, WalqError } from "../errors.ts";
import { type ListenAddress, shownAddress } from "./listen_address.ts";

const NO_ADDRESS = "this host has no such address";
const PORT_REASONS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "the port is in use; is walq running already?"],
  ["AddrInUse", "the port is in use; is walq running already?"],
  ["EACCES", "not permitted; ports below 1024 are for root"],
  ["PermissionDenied", "not permitted; ports below 1024 are for root"],
  ["EADDRNOTAVAIL", NO_ADDRESS],
  ["AddrNotAvailable", NO_ADDRESS],
  ["ENOTFOUND", NO_ADDRESS],
]);
const SOCKET_REASONS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "a process listens on it; is walq running already?"],
  ["EACCES", "not permitted"],
  ["ENOENT", "its directory is not there"],
  ["ENOTDIR", "its directory is none"],
  ["EEXIST", "something else is there that is no socket"],
]);

/** Why it cannot be listened there, in words that are the same on every runtime. */
export function listenError(address: ListenAddress, error: unknown): WalqError {
  const { code, name } = error as { code?: unknown; name?: unknown };
  const reasons = "path" in address ? SOCKET_REASONS : PORT_REASONS;
  const reason = reasons.get(String(code)) ?? reasons.get(String(name)) ?? messageOf(error);
  const message = `Cannot listen on ${shownAddress(address)}: ${reason}`;
  return new WalqError("INVALID_OPTIONS", message, { cause: error });
}
