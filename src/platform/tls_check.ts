/** What of TLS settings can be seen to be wrong before a connection is made: each runtime would say it late, or not at all. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { ConnectionSettings, TlsVersion } from "../contracts.ts";
import { ConnectionSettingsError } from "../errors.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** Of any kind: PKCS 8, or that of RSA or of elliptic curves. */
const KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[^-]+-----END (?:[A-Z]+ )?PRIVATE KEY-----/;
const BEGIN = /-----BEGIN CERTIFICATE-----/g;

/**
 * The settings with no more in them than what is used: a file may hold a certificate and
 * its key, comments, and authorities that the runtime cannot read.
 *
 * @throws {ConnectionSettingsError} that names the first that is wrong.
 */
export function checkTls(settings: ConnectionSettings): ConnectionSettings {
  const { tls } = settings;
  if (tls === undefined) return settings;
  const ca = tls.ca === undefined ? undefined : authoritiesIn(tls.ca);
  if (tls.cert === undefined || tls.key === undefined) {
    return { ...settings, tls: { ...tls, ca } };
  }
  const certificates = certificatesIn("cert", tls.cert);
  const key = keyIn(tls.key);
  const own = certificates.map((block, index) => {
    const certificate = readable(block);
    if (certificate !== undefined) return certificate;
    const which = `certificate ${index + 1} of ${certificates.length}`;
    throw wrong("cert", `cannot be read: ${which} is broken`);
  });
  if (!own[0]!.checkPrivateKey(key.read)) throw wrong("key", "is not the key of the certificate");
  return { ...settings, tls: { ...tls, ca, cert: certificates.join("\n"), key: key.pem } };
}

/**
 * For a runtime that has only versions from `least` on.
 *
 * @throws {ConnectionSettingsError} for settings that need an older one.
 */
export function checkTlsVersions(
  { tls }: ConnectionSettings,
  runtime: string,
  least: TlsVersion,
): void {
  for (const option of ["minVersion", "maxVersion"] as const) {
    const version = tls?.[option];
    // The names are in the order of the versions.
    if (version === undefined || version >= least) continue;
    throw wrong(option, `got ${version}, expected ${least} or newer: ${runtime} has no older TLS`);
  }
}

/** Those that can be read, as Go takes them; there is at least one. */
function authoritiesIn(pem: string): string {
  const known = certificatesIn("ca", pem).filter((block) => readable(block) !== undefined);
  if (known.length === 0) throw wrong("ca", "cannot be read: no certificate in it is sound");
  return known.join("\n");
}

/** One or more, in order. */
function certificatesIn(option: "ca" | "cert", pem: string): readonly string[] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw wrong(option, "holds no certificate, expected PEM");
  if (blocks.length !== pem.match(BEGIN)?.length) throw wrong(option, "ends in a certificate");
  return blocks;
}

function readable(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}

function keyIn(text: string): { readonly pem: string; readonly read: KeyObject } {
  const [pem = ""] = KEY.exec(text) ?? [];
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw wrong("key", "is encrypted, expected one without a passphrase");
  }
  try {
    return { pem, read: createPrivateKey(pem) };
  } catch {
    throw wrong("key", "holds no private key that can be read, expected PEM");
  }
}

function wrong(option: string, message: string): ConnectionSettingsError {
  return new ConnectionSettingsError(["tlsConfig", option], message);
}
