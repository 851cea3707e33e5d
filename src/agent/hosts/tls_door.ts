/**
 * TLS before the HTTP server. The port takes plain sockets, which are counted and
 * bounded like all others; each is handed to a `tls.Server` that listens nowhere
 * itself. So a certificate that changes is a new one of these, on every runtime alike,
 * and what is connected stays.
 */
import type { Socket } from "node:net";
import {
  createServer,
  type PeerCertificate,
  type Server,
  type TlsOptions,
  type TLSSocket,
} from "node:tls";
import { LogLimiter } from "../../actor/log_limiter.ts";
import type { Clock, Logger } from "../../contracts.ts";
import { assert } from "../../assert.ts";
import { ConnectionSettingsError, messageOf } from "../../errors.ts";
import { runtimeName } from "../../platform/runtime_name.ts";
import { checkTls } from "../../platform/tls_check.ts";
import { plainAddress } from "../plain_address.ts";
import { asksForCertificate, mustVerify, type Peer, whyRefused } from "../web/client_policy.ts";
import { TLS13_SUITES } from "../web/cipher_suites.ts";
import { type ServerTls, ServerTlsError, type TlsInForce } from "../web/server_tls.ts";

/** A client on its way in. */
interface Entering {
  readonly welcome: (secure: TLSSocket) => void;
  readonly from: string | undefined;
}

export class TlsDoor {
  readonly #source: TlsInForce;
  readonly #logger: Logger;
  readonly #refusedLog: LogLimiter;
  readonly #entering = new WeakMap<object, Entering>();
  #looks = 0;
  #server: Server | undefined;
  #of: ServerTls | undefined;

  constructor({ tls, logger, clock }: { tls: TlsInForce; logger: Logger; clock: Clock }) {
    this.#source = tls;
    this.#logger = logger;
    this.#refusedLog = new LogLimiter(clock);
  }

  /** Welcomes the client when it has shown what it has to show; else its socket ends. */
  async take(socket: Socket, welcome: Entering["welcome"]): Promise<void> {
    this.#entering.set(socket, { welcome, from: plainAddress(socket.remoteAddress) });
    await this.#source.look();
    if (!socket.destroyed) this.#serverFor(this.#source.tls).emit("connection", socket);
  }

  /** While the program looks at its own port, which looks like a handshake that fails, none is told. */
  async quietly<T>(look: () => Promise<T>): Promise<T> {
    this.#looks++;
    try {
      return await look();
    } finally {
      this.#looks--;
    }
  }

  #serverFor(tls: ServerTls): Server {
    if (this.#server === undefined || tls !== this.#of) {
      this.#server = this.#make(tls);
      this.#of = tls;
    }
    return this.#server;
  }

  #make(tls: ServerTls): Server {
    const server = createServer(serverOptions(tls));
    server
      .on("secureConnection", (secure) => {
        const entering = this.#entering.get(plainOf(secure));
        assert(entering !== undefined, "a client is through that never came");
        const why = whyRefused(peerOf(secure), tls);
        if (why === undefined) return entering.welcome(secure);
        secure.destroy();
        this.#tell("a client was refused", why, entering.from);
      })
      .on("tlsClientError", (error, secure) => {
        const from = this.#entering.get(plainOf(secure))?.from;
        secure.destroy();
        plainOf(secure).destroy();
        // It left, which many a check of a port does.
        if (this.#looks > 0 || (error as { code?: unknown }).code === "ECONNRESET") return;
        this.#tell("a TLS handshake failed", reasonOf(error), from);
      });
    return server;
  }

  #tell(message: string, error: string, from: string | undefined): void {
    const hidden = this.#refusedLog.admit();
    if (hidden === undefined) return;
    this.#logger.warn(message, { error, from: from ?? "unix", more_like_it: hidden || undefined });
  }
}

/** Without the numbers and places that OpenSSL has around it. */
function reasonOf(error: Error): string {
  return /:SSL routines:[^:]*:([^:\n]+)/.exec(error.message)?.[1] ?? error.message;
}

/** What the runtime is told. */
function serverOptions(tls: ServerTls): TlsOptions {
  return {
    cert: tls.cert,
    key: tls.key,
    ...(tls.clientCa !== undefined && { ca: tls.clientCa }),
    requestCert: asksForCertificate(tls),
    rejectUnauthorized: mustVerify(tls),
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    ...(tls.ciphers && { ciphers: [...TLS13_SUITES, ...tls.ciphers].join(":") }),
    ...(tls.curves && { ecdhCurve: tls.curves.join(":") }),
    honorCipherOrder: tls.prefersOwnSuites,
    ALPNProtocols: ["http/1.1"],
  };
}

/**
 * The settings with no more in them than what is used. What is wrong the runtimes would
 * say late, in words of their own, or never (Deno).
 *
 * @throws {ServerTlsError} that names the option of the file.
 */
export function checkServerTls(tls: ServerTls): ServerTls {
  if (runtimeName() === "deno") {
    if (tls.ciphers) throw new ServerTlsError("cipherSuites", DENO_CHOOSES);
    if (tls.curves) throw new ServerTlsError("curvePreferences", DENO_CHOOSES);
  }
  const checked = { ...tls, ...checkCertificates(tls) };
  try {
    createServer(serverOptions(checked));
  } catch (error) {
    throw new ServerTlsError("cert", messageOf(error));
  }
  return checked;
}

function checkCertificates(
  { clientCa, cert, key }: ServerTls,
): Pick<ServerTls, "clientCa" | "cert" | "key"> {
  try {
    const { tls } = checkTls({
      tls: { ca: clientCa, cert, key, insecureSkipVerify: false },
      proxy: undefined,
      roundRobinDns: false,
    });
    return { clientCa: tls!.ca, cert: tls!.cert!, key: tls!.key! };
  } catch (error) {
    if (!(error instanceof ConnectionSettingsError)) throw error;
    const option = String(error.path.at(-1));
    throw new ServerTlsError(option === "ca" ? "clientCa" : option, error.message);
  }
}

const DENO_CHOOSES = "not supported on Deno, which lets nobody choose";

function peerOf(secure: TLSSocket): Peer {
  const certificate = secure.getPeerCertificate() as Partial<PeerCertificate> | null | undefined;
  // Runtimes have nothing, or an object with nothing in it, for a client that has none.
  const hasCertificate = certificate?.raw !== undefined;
  return {
    hasCertificate,
    isVerified: hasCertificate && secure.authorized,
    names: certificate?.subjectaltname ?? "",
  };
}

/** The socket under it: no runtime has a documented way, and all have this one. */
function plainOf(secure: TLSSocket): Socket {
  return (secure as unknown as { _parent: Socket })._parent;
}
