/** The rules of `NO_PROXY`, as golang.org/x/net/http/httpproxy has them. */
import ipaddr from "ipaddr.js";
import type { Target } from "./target.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Hosts that are connected to without a proxy. An empty port is any port. */
type Exemption =
  | { readonly kind: "all" }
  | { readonly kind: "network"; readonly network: readonly [Address, number] }
  | { readonly kind: "address"; readonly address: Address; readonly port: string }
  /** `suffix` begins with a dot; `isHostToo` where what is behind the dot is meant as well. */
  | {
    readonly kind: "domain";
    readonly suffix: string;
    readonly isHostToo: boolean;
    readonly port: string;
  };

/** How many bits are before an IPv4 address within an IPv6 one. */
const MAPPED_BITS = 96;

/** What is in a list such as `example.com,.internal,10.0.0.0/8,host:8080`; what is no host is passed over. */
export function parseNoProxy(list: string): readonly Exemption[] {
  const entries = list.split(",").map((entry) => entry.trim().toLowerCase());
  if (entries.includes("*")) return [{ kind: "all" }];
  return entries.flatMap((entry) => parseEntry(entry) ?? []);
}

function parseEntry(entry: string): Exemption | undefined {
  const network = networkOf(entry);
  if (network !== undefined) return { kind: "network", network };
  const { host, port } = splitPort(entry);
  if (host === "") return undefined;
  const address = addressOf(host);
  if (address !== undefined) return { kind: "address", address, port };
  // "*.example.com" is ".example.com": what is below it. "example.com" is also itself.
  const name = host.startsWith("*.") ? host.slice(1) : host;
  const isHostToo = !name.startsWith(".");
  return { kind: "domain", suffix: asciiOf(isHostToo ? `.${name}` : name), isHostToo, port };
}

/** Whether a host is connected to without a proxy: the hosts of this machine always are. */
export function isExempt(
  { host: name, port }: Pick<Target, "host" | "port">,
  exemptions: readonly Exemption[],
): boolean {
  const host = name.toLowerCase();
  const address = addressOf(host);
  if (host === "localhost" || address?.range() === "loopback") return true;
  return exemptions.some((exemption) => isMatch(exemption, host, address, String(port)));
}

function isMatch(
  exemption: Exemption,
  host: string,
  address: Address | undefined,
  port: string,
): boolean {
  if (exemption.kind === "all") return true;
  if (exemption.kind === "network") {
    const [network, bits] = exemption.network;
    return address !== undefined && address.kind() === network.kind() &&
      address.match(network, bits);
  }
  if (exemption.port !== "" && exemption.port !== port) return false;
  if (exemption.kind === "address") {
    return address !== undefined && address.toString() === exemption.address.toString();
  }
  const { suffix, isHostToo } = exemption;
  return host.endsWith(suffix) || (isHostToo && host === suffix.slice(1));
}

function networkOf(text: string): readonly [Address, number] | undefined {
  const [host = "", bits = "", ...more] = text.split("/");
  if (more.length > 0 || !/^\d{1,3}$/.test(bits) || literalOf(host) === undefined) return undefined;
  try {
    return unmapped(ipaddr.parseCIDR(text));
  } catch {
    return undefined;
  }
}

/** A network of IPv4 addresses that is written as one of IPv6 addresses is the IPv4 one. */
function unmapped([address, bits]: readonly [Address, number]): readonly [Address, number] {
  if (!(address instanceof ipaddr.IPv6) || !address.isIPv4MappedAddress()) return [address, bits];
  return bits < MAPPED_BITS ? [address, bits] : [address.toIPv4Address(), bits - MAPPED_BITS];
}

/** An IPv4 address within an IPv6 one is the IPv4 one. */
function addressOf(host: string): Address | undefined {
  const literal = literalOf(host);
  return literal === undefined ? undefined : ipaddr.process(literal);
}

/** Not such things as "10.1" or "0x7f000001", which are names to Go. */
function literalOf(host: string): string | undefined {
  const isLiteral = ipaddr.IPv4.isValidFourPartDecimal(host) || ipaddr.IPv6.isValid(host);
  return isLiteral ? host : undefined;
}

/** `[::1]:80` and `host:80` have a port, `::1` has none; `[::1]` alone is no address, as in Go. */
function splitPort(entry: string): { readonly host: string; readonly port: string } {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(entry) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? { host: entry, port: "" } : { host, port };
}

/** A name in other letters than ASCII, as the URL of a request has it. */
function asciiOf(suffix: string): string {
  const url = `http://x${suffix}`;
  return /[^\0-\x7f]/.test(suffix) && URL.canParse(url) ? new URL(url).hostname.slice(1) : suffix;
}
