/** How clients may present themselves, by the names of Go's crypto/tls. */
export const CLIENT_AUTH_TYPES = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  // As older files of Prometheus call it.
  "RequireClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;

/** One of {@link CLIENT_AUTH_TYPES}. */
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

/** What a server needs to speak TLS, with the texts of its files. */
export interface ServerTls {
  /** PEM. */
  readonly cert: string;
  /** PEM; a secret. */
  readonly key: string;
  /** The authorities of clients, PEM; those of the host without it. */
  readonly clientCa: string | undefined;
  readonly clientAuth: ClientAuthType;
  /** A client's certificate has to have one of them. */
  readonly allowedSans: readonly string[] | undefined;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  readonly maxVersion: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL's names, in order; the runtime's own without it. */
  readonly ciphers: readonly string[] | undefined;
  readonly curves: readonly string[] | undefined;
  /** Whether the order of the server's suites counts, or that of the client's. */
  readonly prefersOwnSuites: boolean;
}

/** TLS as it is in force now; the files that it comes from may change. */
export interface TlsInForce {
  readonly tls: ServerTls;
  /** Reads the files again, if that has not just been done. Never rejects. */
  look(): Promise<void>;
}

/** A setting that the runtime has not, or that makes no sense. */
export class ServerTlsError extends Error {
  /** As {@link ServerTls} or the options call it; that of a file is called as the text in it. */
  readonly option: string;

  /** The message says what is wrong, without a secret. */
  constructor(option: string, message: string) {
    super(message);
    this.name = "ServerTlsError";
    this.option = option;
  }
}
