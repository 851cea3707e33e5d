/** The versions of TLS, as Prometheus's file calls them. */
export type TlsVersion = "TLS10" | "TLS11" | "TLS12" | "TLS13";

/** What a client of TLS says of itself, and wants of the other side. Certificates and keys are texts in PEM. */
export interface TlsSettings {
  /** Who may have signed the certificate of the other side, in place of those that the runtime trusts. */
  readonly ca?: string | undefined;
  /** The client's own certificate, with those in between it and its authority behind it. */
  readonly cert?: string | undefined;
  /** The key of `cert`; a secret. */
  readonly key?: string | undefined;
  /** Whom the endpoint's certificate must be for, in place of the host of the URL. A proxy's is for the proxy. */
  readonly serverName?: string | undefined;
  /** The certificate of the other side is not verified at all. */
  readonly insecureSkipVerify: boolean;
  /** The oldest that is spoken. @default "TLS12" */
  readonly minVersion?: TlsVersion | undefined;
  /** The newest that is spoken. @default "TLS13" */
  readonly maxVersion?: TlsVersion | undefined;
}
