import { denoApi, type DenoConnection } from "./deno_api.ts";
import type { Target } from "./http/target.ts";
import { ADDRESS_MS_MAX, PROTOCOLS, type Wire, type WireListener } from "./http/wire.ts";
import { socketDial } from "./socket_wire.ts";
import { inPlainWords } from "./tls_words.ts";

const READ_BYTES = 16 * 1024;

/**
 * Connections by Deno's own API, which has no way to say what `settingsDial` is told.
 * Verification has no switch here but Deno's own `--unsafely-ignore-certificate-errors`.
 */
export async function dialDeno(target: Target, signal: AbortSignal): Promise<Wire> {
  // Deno's own TLS starts over TCP alone.
  if (target.unixSocket !== undefined) return await dialUnixSocket(target, signal);
  const deno = denoApi();
  const { host, port } = target;
  let connection: DenoConnection | undefined;
  const hangUp = (): void => close(connection);
  try {
    const socket = await deno.connect({
      hostname: host,
      port,
      signal,
      autoSelectFamilyAttemptDelay: ADDRESS_MS_MAX,
    });
    connection = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    signal.throwIfAborted();
    if (!target.isSecure) return new DenoWire(socket);
    signal.addEventListener("abort", hangUp, { once: true });
    const secure = await deno.startTls(socket, { hostname: host, alpnProtocols: [...PROTOCOLS] });
    connection = secure;
    signal.throwIfAborted();
    await secure.handshake();
    signal.throwIfAborted();
    return new DenoWire(secure);
  } catch (error) {
    close(connection);
    throw signal.aborted ? signal.reason : inPlainWords(error);
  } finally {
    signal.removeEventListener("abort", hangUp);
  }
}

/** No name is looked up for it. */
const dialUnixSocket = socketDial({ find: () => Promise.resolve([]) });

class DenoWire implements Wire {
  readonly #connection: DenoConnection;
  #listener: WireListener | undefined;

  constructor(connection: DenoConnection) {
    this.#connection = connection;
  }

  listen(listener: WireListener): void {
    this.#listener = listener;
    this.#read().catch((error: unknown) => this.#listener?.onError(inPlainWords(error)));
  }

  write(parts: readonly Uint8Array[], onWritten: () => void): void {
    // When the other side takes no more, what it has said before is still to be read,
    // and the reading tells how it ended.
    this.#write(parts).then(onWritten, () => {});
  }

  keepAlive(isNeeded: boolean): void {
    if (isNeeded) this.#connection.ref();
    else this.#connection.unref();
  }

  destroy(): void {
    this.#listener = undefined;
    close(this.#connection);
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const count = await this.#connection.read(buffer);
      if (count === null) break;
      this.#listener?.onData(buffer.subarray(0, count));
    }
    this.#listener?.onEnd();
  }

  async #write(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      let at = 0;
      while (at < part.length) at += await this.#connection.write(part.subarray(at));
    }
  }
}

/** Harmless when it is closed already. */
function close(connection: DenoConnection | undefined): void {
  try {
    connection?.close();
  } catch {
    // startTls and an abort have closed what is given to them.
  }
}
