/** Real proxies, small ones: HTTP with CONNECT and with whole URLs, over TCP or TLS, and SOCKS 5. */
import { Buffer } from "node:buffer";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";

/** Who may use a proxy. */
export interface ProxyUser {
  readonly username: string;
  readonly password: string;
}

/** A proxy on a free port of the loopback. */
export interface TestProxy {
  readonly port: number;
  /** Where it was asked to connect or to send to, in order: the names as it got them. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** What a proxy is like. */
export interface ProxyOptions {
  /** Nobody else is let through. */
  readonly user?: ProxyUser;
  /** Which address a name has; a proxy looks names up itself. */
  readonly resolve?: (host: string) => string;
  /** Of an HTTP proxy: it is spoken to over TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Of an HTTP proxy: told the head of each CONNECT, line by line. */
  readonly onConnect?: (lines: readonly string[]) => void;
  /** Of an HTTP proxy: its answer to each CONNECT, whatever it is asked for. */
  readonly answer?: string;
}

/** A connection to a proxy, and what it does with it. */
class Client {
  readonly socket: Socket;
  #got: Buffer = Buffer.alloc(0);
  #look = (): void => {};
  readonly #onData = (bytes: Uint8Array): void => {
    this.#got = Buffer.concat([this.#got, bytes]);
    this.#look();
  };

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", this.#onData);
  }

  /** The next bytes, as many as this says when there are enough. */
  read(enough: (got: Buffer) => number): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#look = () => {
        const count = enough(this.#got);
        if (count < 0 || count > this.#got.length) return;
        this.#look = () => {};
        resolve(this.#got.subarray(0, count));
        this.#got = this.#got.subarray(count);
      };
      this.#look();
    });
  }

  /** Connects it to a server: `first` goes there, and then what has come already. */
  async tie(host: string, port: number, onReady: () => void, first = ""): Promise<void> {
    const { socket } = this;
    const onward = connect(port, host);
    await new Promise<void>((resolve, reject) => {
      onward.on("error", reject).on("connect", () => resolve());
    });
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
    socket.off("data", this.#onData);
    onReady();
    onward.write(Buffer.concat([Buffer.from(first), this.#got]));
    socket.on("data", (bytes: Uint8Array) => onward.write(bytes));
    onward.on("data", (bytes: Uint8Array) => socket.write(bytes));
  }
}

/** A proxy that is spoken to by HTTP. */
export function openHttpProxy(options: ProxyOptions = {}): Promise<TestProxy> {
  const { tls } = options;
  return open(
    (accept) => tls === undefined ? createServer(accept) : createSecureServer(tls, accept),
    (client, asked) => serveHttp(client, asked, options),
  );
}

/** A proxy that is spoken to by SOCKS 5: RFC 1928 and RFC 1929. */
export function openSocksProxy(options: ProxyOptions = {}): Promise<TestProxy> {
  return open(createServer, (client, asked) => serveSocks(client, asked, options));
}

async function open(
  make: (accept: (socket: Socket) => void) => Server,
  serve: (client: Client, asked: string[]) => Promise<void>,
): Promise<TestProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const server = make((socket) => {
    keep(socket);
    serve(new Client(socket), asked).catch(() => socket.destroy());
  });
  server.on("connection", keep).on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<unknown>((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, asked, close };
}

async function serveHttp(client: Client, asked: string[], options: ProxyOptions): Promise<void> {
  const { user, onConnect, answer, resolve = (host) => host } = options;
  const { socket } = client;
  const refuse = (status: string): void => {
    socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  };
  const head = await client.read((got) => {
    const end = got.indexOf("\r\n\r\n");
    return end < 0 ? -1 : end + 4;
  });
  const [first = "", ...lines] = head.toString("latin1").trimEnd().split("\r\n");
  const [method, where = ""] = first.split(" ");
  if (method === "CONNECT") onConnect?.(lines);
  if (user !== undefined) {
    const pair = Buffer.from(`${user.username}:${user.password}`).toString("base64");
    if (!lines.includes(`proxy-authorization: Basic ${pair}`)) return refuse("407 Who are you");
  }
  if (method === "CONNECT") {
    asked.push(where);
    if (answer !== undefined) return void socket.end(answer);
    const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(where) ?? [];
    const onReady = (): void => void socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    return await client.tie(resolve(host), Number(port), onReady).catch(() => refuse("502 Bad"));
  }
  // To a proxy the whole URL is said.
  if (!URL.canParse(where)) return refuse("400 Bad");
  asked.push(where);
  const url = new URL(where);
  const onward = lines.filter((line) => !/^(?:proxy-|connection:)/.test(line));
  const path = url.pathname + url.search;
  const request = [`${method} ${path} HTTP/1.1`, ...onward, "connection: close", "", ""];
  await client.tie(resolve(url.hostname), Number(url.port), () => {}, request.join("\r\n"))
    .catch(() => refuse("502 Bad"));
}

async function serveSocks(client: Client, asked: string[], options: ProxyOptions): Promise<void> {
  const { user, resolve = (host) => host } = options;
  const { socket } = client;
  const read = (count: number): Promise<Buffer> => client.read(() => count);
  const offered = await read((await read(2))[1]!);
  const wanted = user === undefined ? 0 : 2;
  if (!offered.includes(wanted)) return void socket.end(Uint8Array.of(5, 0xff));
  socket.write(Uint8Array.of(5, wanted));
  if (user !== undefined) {
    const username = (await read((await read(2))[1]!)).toString();
    const password = (await read((await read(1))[0]!)).toString();
    const isWelcome = username === user.username && password === user.password;
    socket.write(Uint8Array.of(1, isWelcome ? 0 : 1));
    if (!isWelcome) return void socket.end();
  }
  const type = (await read(4))[3]!;
  const bytes = await read(type === 1 ? 4 : type === 4 ? 16 : (await read(1))[0]!);
  const host = type === 1 ? bytes.join(".") : bytes.toString();
  const port = (await read(2)).readUInt16BE();
  asked.push(`${host}:${port}`);
  const reply = (code: number) => Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0);
  await client.tie(resolve(host), port, () => void socket.write(reply(0)))
    .catch(() => void socket.end(reply(5)));
}
