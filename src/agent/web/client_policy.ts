import type { ServerTls } from "./server_tls.ts";

/** A client of TLS, after the handshake. */
export interface Peer {
  readonly hasCertificate: boolean;
  /** An authority that counts has signed it, and it is valid now. */
  readonly isVerified: boolean;
  /** The alternative names of its certificate, as OpenSSL prints them. */
  readonly names: string;
}

/** Whether the runtime should ask for a certificate. */
export function asksForCertificate({ clientAuth }: Pick<ServerTls, "clientAuth">): boolean {
  return clientAuth !== "NoClientCert";
}

/** Whether a handshake may fail by the runtime's own check. */
export function mustVerify({ clientAuth }: Pick<ServerTls, "clientAuth">): boolean {
  return clientAuth === "RequireAndVerifyClientCert";
}

/** Why a client may not come in; undefined for one that may. */
export function whyRefused(
  peer: Peer,
  { clientAuth, allowedSans }: Pick<ServerTls, "clientAuth" | "allowedSans">,
): string | undefined {
  switch (clientAuth) {
    case "NoClientCert":
    case "RequestClientCert":
      return undefined;
    case "VerifyClientCertIfGiven":
      return peer.hasCertificate && !peer.isVerified ? NOT_VERIFIED : undefined;
    case "RequireAnyClientCert":
    case "RequireClientCert":
      return peer.hasCertificate ? wrongName(peer.names, allowedSans) : NO_CERTIFICATE;
    case "RequireAndVerifyClientCert":
      if (!peer.hasCertificate) return NO_CERTIFICATE;
      return peer.isVerified ? wrongName(peer.names, allowedSans) : NOT_VERIFIED;
  }
}

const NO_CERTIFICATE = "it has no certificate";
const NOT_VERIFIED = "its certificate is not by an authority in client_ca, or not valid now";

function wrongName(names: string, allowed: readonly string[] | undefined): string | undefined {
  if (allowed === undefined) return undefined;
  const wanted = new Set(allowed.map(canonical));
  return alternativeNames(names).some((name) => wanted.has(canonical(name)))
    ? undefined
    : "its certificate has no name of client_allowed_sans";
}

/** `DNS:a.example, IP Address:127.0.0.1, email:a@b.example, URI:spiffe://a`; names with a comma are in quotes (Node since CVE-2021-44532). */
export function alternativeNames(text: string): string[] {
  const names: string[] = [];
  const pattern = /(?:^|, )(DNS|IP Address|email|URI):("(?:[^"\\]|\\.)*"|[^,]*)/g;
  for (const [, , name] of text.matchAll(pattern)) {
    const unquoted = name!.startsWith('"') ? unquote(name!) : name!;
    if (unquoted !== "") names.push(unquoted);
  }
  return names;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return "";
  }
}

/** IPv6 in one of its ways to be written, as Go writes it; all else as it is. */
function canonical(name: string): string {
  if (!/^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(name)) return name;
  const url = `http://[${name}]`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : name;
}
