/** Why TLS failed, in words that are the same on every runtime. */
import { runtimeName } from "./runtime_name.ts";

/** By the code and the message of an error: OpenSSL's words (Node), BoringSSL's (Bun) and rustls's (Deno). */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/CERT_HAS_EXPIRED|peer certificate: .*\bexpired\b/i, "the certificate has expired"],
  [/CERT_NOT_YET_VALID|NotValidYet|not valid yet/i, "the certificate is not valid yet"],
  [
    /UNABLE_TO_(?:VERIFY|GET_ISSUER)|SELF_SIGNED|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA|UnknownIssuer|CaUsedAsEndEntity|peer certificate: BadSignature/,
    "the certificate is signed by an unknown authority",
  ],
  [/alert.*certificate_?required/i, "the other side wants a client certificate"],
  [/alert.*unknown_?ca/i, "the other side does not know the authority of the client certificate"],
  [
    /alert.*(?:(?:bad|revoked|unknown|unsupported)_?certificate|certificate_?(?:expired|revoked|unknown))/i,
    "the other side refuses the client certificate",
  ],
  [
    /alert.*handshake_?failure/i,
    "the other side refuses the handshake: it may want a client certificate",
  ],
  [
    /alert.*protocol_?version|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|PeerIncompatible/i,
    "the two sides have no version of TLS in common",
  ],
  [
    /WRONG_VERSION_NUMBER|InvalidContentType|packet length too long|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/,
    "the other side does not speak TLS",
  ],
];

/** Deno's node:tls has one code for both. */
const DENO_UNVERIFIED = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
const DENO_UNVERIFIED_WORDS =
  "the certificate has expired, or is signed by an unknown authority: Deno does not say which";

/** The same error where it is not one of TLS, or one that has no words here. */
export function inPlainWords(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const words = wordsOf(`${code ?? ""} ${message}`, error);
  return words === undefined ? error : new Error(`TLS: ${words}`);
}

function wordsOf(text: string, error: Error): string | undefined {
  const name = wrongName(text, error);
  if (name !== undefined) return `the certificate is not valid for ${name}`;
  if (text.includes(DENO_UNVERIFIED) && runtimeName() === "deno") return DENO_UNVERIFIED_WORDS;
  return WORDS.find(([pattern]) => pattern.test(text))?.[1];
}

/** Whom the certificate should be for. */
function wrongName(text: string, error: Error): string | undefined {
  if (/ERR_TLS_CERT_ALTNAME_INVALID/.test(text)) {
    return (error as { host?: string }).host || "this name";
  }
  if (!/NotValidForName|not valid for name/.test(text)) return undefined;
  return /not valid for name "([^"]+)"/.exec(text)?.[1] ?? "this name";
}
