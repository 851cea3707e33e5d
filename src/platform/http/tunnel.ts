/** How a proxy is asked for a connection to an endpoint: by CONNECT (RFC 9110, section 9.3.6) or SOCKS 5 (RFC 1928, RFC 1929). */
import { Buffer } from "node:buffer";
import { ProxyError } from "../../errors.ts";
import ipaddr from "ipaddr.js";
import { parseStatusLine } from "./answer_head.ts";
import { type Proxy, proxyAuthorization } from "./proxy.ts";
import type { Target } from "./target.ts";

/** A connection to a proxy, before it is one to the endpoint. */
export interface ProxyStream {
  write(bytes: Uint8Array): void;
  /** Reads until this says how many bytes are enough, which may be more than there are yet; undefined is not known. */
  read(enough: (bytes: Uint8Array) => number | undefined): Promise<Uint8Array>;
}

/** Said of a 407, whether it comes to a CONNECT or to a request. */
export const REFUSED_LOGIN = "answered 407: it wants a user name and a password, or others";

/** A proxy has no more to say than a status and a few words. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** Asks for the connection that the endpoint's TLS begins on, or by SOCKS its HTTP. */
export async function openTunnel(stream: ProxyStream, target: Target, proxy: Proxy): Promise<void> {
  if (proxy.kind === "socks5") await openSocks(stream, target, proxy);
  else await connect(stream, target, proxy);
}

async function connect(stream: ProxyStream, target: Target, proxy: Proxy): Promise<void> {
  const { host, port } = target;
  const where = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  let head = `CONNECT ${where} HTTP/1.1\r\nhost: ${where}\r\n`;
  const login = proxyAuthorization(proxy);
  for (const [name, values] of Object.entries(proxy.connectHeaders)) {
    // The user name and the password of the URL go before it, as Go has it.
    if (login !== undefined && name.toLowerCase() === "proxy-authorization") continue;
    for (const value of values) head += `${name}: ${value}\r\n`;
  }
  if (login !== undefined) head += `proxy-authorization: ${login}\r\n`;
  stream.write(Buffer.from(`${head}\r\n`));
  let looked = 0;
  const bytes = await stream.read((got) => {
    const end = endOfHead(got, looked);
    looked = got.length;
    if (end === undefined && got.length > ANSWER_BYTES_MAX) {
      throw new ProxyError(
        proxy.shown,
        `answered CONNECT with more than ${ANSWER_BYTES_MAX} bytes`,
      );
    }
    return end;
  });
  const [line = ""] = Buffer.from(bytes).toString("latin1").split(/\r?\n/, 1);
  const status = statusOf(line);
  if (status === undefined) throw new ProxyError(proxy.shown, "answered CONNECT with no HTTP");
  if (status >= 200 && status < 300) return;
  if (status === 407) throw new ProxyError(proxy.shown, REFUSED_LOGIN);
  throw new ProxyError(proxy.shown, `answered ${status} when it was asked for ${where}`);
}

/** The first empty line's end; what came before `looked` has none, but perhaps the beginning of one. */
function endOfHead(bytes: Uint8Array, looked: number): number | undefined {
  const from = Math.max(0, looked - 3);
  const end = /\r?\n\r?\n/.exec(Buffer.from(bytes.subarray(from)).toString("latin1"));
  return end === null ? undefined : from + end.index + end[0].length;
}

function statusOf(line: string): number | undefined {
  try {
    return parseStatusLine(line).status;
  } catch {
    return undefined;
  }
}

const VERSION = 5;
const LOGIN_VERSION = 1;
const NO_LOGIN = 0;
const LOGIN = 2;
const CONNECT = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;
/** What it says of a connection that it did not make: RFC 1928, section 6. */
const FAILURES: readonly string[] = [
  "",
  "it failed",
  "its rules do not allow it",
  "the network is unreachable",
  "the host is unreachable",
  "the connection is refused",
  "the time is up",
  "it does not know the command",
  "it does not know such addresses",
];

async function openSocks(stream: ProxyStream, target: Target, proxy: Proxy): Promise<void> {
  const { login, shown } = proxy;
  const methods = login === undefined ? [NO_LOGIN] : [NO_LOGIN, LOGIN];
  stream.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method] = await stream.read(() => 2);
  if (version !== VERSION) throw new ProxyError(shown, "does not speak SOCKS 5");
  if (method === LOGIN && login !== undefined) {
    const { username, password } = login;
    stream.write(Uint8Array.of(LOGIN_VERSION, ...counted(username), ...counted(password)));
    const [, refusal] = await stream.read(() => 2);
    if (refusal !== 0) throw new ProxyError(shown, "refuses the user name or the password");
  } else if (method !== NO_LOGIN) {
    throw new ProxyError(shown, "wants a user name and a password, or another way to log in");
  }
  const { host, port } = target;
  stream.write(Uint8Array.of(VERSION, CONNECT, 0, ...addressBytes(host), port >> 8, port & 0xff));
  const [, failure = 1] = await stream.read((got) => endOfReply(got));
  if (failure === 0) return;
  const why = FAILURES[failure] ?? `code ${failure}`;
  throw new ProxyError(shown, `could not connect to ${host}:${port}: ${why}`);
}

/** A failure has its code in the second byte, and some have nothing behind it. */
function endOfReply(got: Uint8Array): number | undefined {
  if (got.length >= 2 && got[1] !== 0) return got.length;
  const [, , , type, length] = got;
  if (type === undefined || (type === NAME && length === undefined)) return undefined;
  return 4 + (type === IPV4 ? 4 : type === IPV6 ? 16 : 1 + length!) + 2;
}

/** With its length in front; the check of the options holds it to 255 bytes. */
function counted(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return Uint8Array.of(bytes.length, ...bytes);
}

function addressBytes(host: string): Uint8Array {
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(host) || ipaddr.IPv6.isValid(host);
  if (!isAddress) return Uint8Array.of(NAME, ...counted(host));
  const address = ipaddr.parse(host);
  return Uint8Array.of(address.kind() === "ipv4" ? IPV4 : IPV6, ...address.toByteArray());
}
