import type { Proxy } from "./proxy.ts";
import type { Target } from "./target.ts";

/** What a {@link Wire} tells. After `onEnd` or `onError` nothing more comes. */
export interface WireListener {
  /** The bytes are the listener's until it returns. */
  onData(bytes: Uint8Array): void;
  /** The other side will send no more. */
  onEnd(): void;
  /** The connection is broken; what was written may or may not have arrived. */
  onError(error: unknown): void;
}

/** A connection as HTTP needs it; each runtime has its own way to open one. */
export interface Wire {
  /** Begins to read. Called once. */
  listen(listener: WireListener): void;
  /** Writes the parts one after the other; `onWritten` is called when the system has taken all. */
  write(parts: readonly Uint8Array[], onWritten: () => void): void;
  /** Whether the open connection keeps the process alive. */
  keepAlive(isNeeded: boolean): void;
  /** Cuts it; nothing more is told. */
  destroy(): void;
}

/**
 * Opens a connection that is ready to be written to: over TLS, when the certificate
 * has been verified. A certificate is verified whatever the environment says. Rejects
 * with the signal's reason when it aborts. By a proxy, it ends at the target, but for
 * plain HTTP by a proxy of HTTP, which is told in each request where that goes.
 */
export type Dial = (target: Target, signal: AbortSignal, proxy?: Proxy) => Promise<Wire>;

/** How long the other side may be silent until TCP asks whether it is still there. */
export const KEEP_ALIVE_MS = 60_000;
/** A host's next address is tried after this: the usual 250 ms give up on what is merely far away. */
export const ADDRESS_MS_MAX = 2_000;
/** walq sends one request after the other: it has no use for HTTP/2. */
export const PROTOCOLS: readonly string[] = ["http/1.1"];
