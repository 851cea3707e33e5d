// Node, Deno and Bun all have node:net.
import { closeSync, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { basename, dirname } from "node:path";
import type { LivenessSocket, LivenessSockets } from "../contracts.ts";

/** Longer paths do not fit sockaddr_un (unix(7)). */
const PATH_BYTES_MAX = 107;
/** Nobody listens: the process is gone, or the name is. */
const GONE: ReadonlySet<string | undefined> = new Set(["ECONNREFUSED", "ENOENT", "ENOTSOCK"]);
/** The other side took the connection and closed it. */
const LISTENING: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);
/** How long a start waits for a host that does not answer. */
const ANSWER_MS_MAX = 2000;

/** A listening socket. */
export interface ListeningSocket {
  /** Resolves when no more connections are accepted. */
  close(): Promise<void>;
}

/**
 * Listens at an address and hangs up on whoever comes, without keeping the process
 * alive; undefined when that cannot be done.
 */
type ListenAt = (address: string) => Promise<ListeningSocket | undefined>;

/** Unix sockets: containers that share a directory reach them, whatever ids their processes have. */
export class UnixLivenessSockets implements LivenessSockets {
  readonly #listen: ListenAt;

  constructor(listen: ListenAt = listenByNode) {
    this.#listen = listen;
  }

  listen(path: string): Promise<LivenessSocket | undefined> {
    return withShortPath(path, async (short) => {
      const socket = await this.#listen(short);
      return socket && { close: () => close(socket, path) };
    });
  }

  isListening(path: string): Promise<boolean | undefined> {
    return withShortPath(path, probe);
  }
}

async function listenByNode(address: string): Promise<ListeningSocket | undefined> {
  const server = createServer((socket) => socket.destroy());
  const isListening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(address, () => resolve(true));
  });
  if (!isListening) return undefined;
  server.on("error", () => {});
  // It shows that the process lives, and must not keep it alive.
  server.unref();
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function close(socket: ListeningSocket, path: string): Promise<void> {
  await socket.close();
  // The server removes its own name, unless it was a short one that is gone.
  await rm(path, { force: true }).catch(() => {});
}

function probe(path: string): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (isListening: boolean | undefined): void => {
      socket.destroy();
      resolve(isListening);
    };
    socket.setTimeout(ANSWER_MS_MAX, () => answer(undefined));
    socket.once("connect", () => answer(true));
    socket.on("error", ({ code }: Error & { code?: string }) => {
      answer(LISTENING.has(code) ? true : GONE.has(code) ? false : undefined);
    });
  });
}

/** Linux reaches a directory by its descriptor, under a name that is always short. */
async function withShortPath<Result>(
  path: string,
  use: (path: string) => Promise<Result | undefined>,
): Promise<Result | undefined> {
  if (new TextEncoder().encode(path).length <= PATH_BYTES_MAX) return await use(path);
  let directory: number;
  try {
    directory = openSync(dirname(path), "r");
  } catch {
    return undefined;
  }
  try {
    return await use(`/proc/self/fd/${directory}/${basename(path)}`);
  } finally {
    closeSync(directory);
  }
}
