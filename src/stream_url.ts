/** Where a stream of NATS is, as a URL says it: servers that belong together, and its name. */
export interface StreamPlace {
  /** `host:port`. */
  readonly servers: readonly string[];
  readonly stream: string;
}

const PORT_DEFAULT = 4222;
const PORT_MAX = 65_535;
const SERVERS_MAX = 32;

const SCHEME = /^nats:\/\//i;
/** A name, an IPv4 address, or an IPv6 one in brackets; with a port or without. */
const SERVER = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?::(\d{1,5}))?$/;
/** What subjects, names of records and NATS itself can have. */
const STREAM = /^[A-Za-z0-9_-]{1,64}$/;
/** Behind the name of the stream, that of the one that has walq's records of it. */
export const RECORDS_SUFFIX = "_records";

const EXAMPLE = '"nats://host1:4222,host2:4222/stream"';

/** Whether a text is meant to be the URL of a stream. */
export function isStreamUrl(text: string): boolean {
  return SCHEME.test(text.trim());
}

/** The URL of a stream, read; or what it would have to be, in words that show nothing of it. */
export function readStreamUrl(text: string, login: string): StreamPlace | string {
  const url = text.trim();
  if (/^tls:\/\//i.test(url)) return `${EXAMPLE}: what asks for TLS is tlsConfig`;
  if (!SCHEME.test(url)) return `a URL such as ${EXAMPLE}`;
  const [authority = "", ...path] = url.replace(SCHEME, "").split("/");
  if (url.includes("@")) {
    return `a URL without user name and password: give them as ${login}, which is never logged`;
  }
  if (/[?#]/.test(url)) return `a URL without a query and a fragment, such as ${EXAMPLE}`;
  const servers = authority.split(",").map(serverOf);
  if (servers.includes(undefined)) {
    return `a URL of hosts with ports or without, such as ${EXAMPLE}`;
  }
  if (servers.length > SERVERS_MAX) return `a URL of at most ${SERVERS_MAX} servers`;
  const [stream = "", ...more] = path;
  if (!STREAM.test(stream) || more.length > 0) {
    return `a URL that ends with the name of a stream, such as ${EXAMPLE}: ` +
      'up to 64 letters, digits, "-" and "_"';
  }
  if (stream.endsWith(RECORDS_SUFFIX)) {
    return `the name of a stream that does not end with "${RECORDS_SUFFIX}", as those of its ` +
      "records do";
  }
  return { servers: servers.map((server) => server!), stream };
}

/** The URL of a place: the same text for the same place. */
export function streamUrl({ servers, stream }: StreamPlace): string {
  return `nats://${servers.join(",")}/${stream}`;
}

function serverOf(text: string): string | undefined {
  const [, host, port = String(PORT_DEFAULT)] = SERVER.exec(text.trim()) ?? [];
  const isPort = Number(port) >= 1 && Number(port) <= PORT_MAX;
  return host === undefined || !isPort ? undefined : `${host.toLowerCase()}:${Number(port)}`;
}
