import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Target } from "./target.ts";

/** Of a host's addresses: the usual 250 ms give up on what is merely far away. */
const ADDRESS_MS_MAX = 2_000;
const KEEP_ALIVE_MS = 60_000;

/**
 * Opens a connection that is ready to be written to: over TLS, after the certificate
 * has been verified. Rejects with the signal's reason when it aborts.
 */
export function dial(target: Target, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = target.isSecure ? openTls(target) : connectTcp(addressOf(target));
    const settle = (finish: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("close", onClose).off(readyEvent, onReady);
      finish();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        // What it still has to say interests nobody, and must not be thrown.
        socket.on("error", () => {}).destroy();
        reject(error);
      });
    const onAbort = (): void => fail(signal.reason);
    const onError = (error: Error): void => fail(error);
    const onClose = (): void => fail(new Error("the connection was closed while it was made"));
    const onReady = (): void => settle(() => resolve(socket));
    const readyEvent = target.isSecure ? "secureConnect" : "connect";
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", onError).on("close", onClose).on(readyEvent, onReady);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  });
}

function addressOf({ host, port }: Target) {
  return { host, port, autoSelectFamilyAttemptTimeout: ADDRESS_MS_MAX };
}

/**
 * A certificate is verified whatever the environment says: `NODE_TLS_REJECT_UNAUTHORIZED=0`,
 * set for another program, must not give the credentials to anybody who asks for them.
 */
function openTls(target: Target): Socket {
  return connectTls({
    ...addressOf(target),
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
  });
}
