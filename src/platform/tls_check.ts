/** What of TLS settings can be seen to be wrong before a connection is made: each runtime would say it late, or not at all. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { ConnectionSettings, TlsVersion } from "../contracts.ts";
import { ConnectionSettingsError } from "../errors.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const BEGIN = /-----BEGIN CERTIFICATE-----/g;

/** @throws {ConnectionSettingsError} that names the first that is wrong. */
export function checkTls({ tls }: ConnectionSettings): void {
  if (tls === undefined) return;
  if (tls.ca !== undefined) certificatesIn("ca", tls.ca);
  if (tls.cert === undefined || tls.key === undefined) return;
  const [own] = certificatesIn("cert", tls.cert);
  const key = keyIn(tls.key);
  if (!own!.checkPrivateKey(key)) throw wrong("key", "is not the key of the certificate");
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

/** One or more, in order. */
function certificatesIn(option: "ca" | "cert", pem: string): X509Certificate[] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw wrong(option, "holds no certificate, expected PEM");
  if (blocks.length !== pem.match(BEGIN)?.length) throw wrong(option, "ends in a certificate");
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw wrong(option, `cannot be read: certificate ${index + 1} of ${blocks.length} is broken`);
    }
  });
}

function keyIn(pem: string): KeyObject {
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    throw wrong("key", "is encrypted, expected one without a passphrase");
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw wrong("key", "holds no private key that can be read, expected PEM");
  }
}

function wrong(option: string, message: string): ConnectionSettingsError {
  return new ConnectionSettingsError(["tlsConfig", option], message);
}
