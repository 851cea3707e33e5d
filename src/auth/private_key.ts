import type { OAuth2SignatureAlgorithm } from "../credentials.ts";

const HASHES: Readonly<Record<OAuth2SignatureAlgorithm, string>> = {
  RS256: "SHA-256",
  RS384: "SHA-384",
  RS512: "SHA-512",
};

/** The version 0 and the algorithm rsaEncryption, as PKCS #8 begins (RFC 5208, section 5). */
const PKCS8_BEGINNING = [
  ...[0x02, 0x01, 0x00],
  ...[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00],
];
const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;

/**
 * An RSA key in PEM, to sign with: PKCS #8, or PKCS #1 as older tools write it.
 *
 * @throws {Error} when it is none; the message shows nothing of it.
 */
export async function importPrivateKey(
  pem: string,
  algorithm: OAuth2SignatureAlgorithm,
): Promise<CryptoKey> {
  const [, kind = "", base64 = ""] =
    /-----BEGIN (RSA )?PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem) ?? [];
  try {
    const bytes = Uint8Array.from(atob(base64.replace(/\s+/g, "")), (char) => char.charCodeAt(0));
    const der = kind === "" ? bytes : toPkcs8(bytes);
    const scheme = { name: "RSASSA-PKCS1-v1_5", hash: HASHES[algorithm] };
    return await crypto.subtle.importKey("pkcs8", der, scheme, false, ["sign"]);
  } catch {
    throw new Error("the private key cannot be used: expected an RSA key in PEM");
  }
}

/** PKCS #8 has a key of PKCS #1 in an octet string. */
function toPkcs8(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  return der(SEQUENCE, [...PKCS8_BEGINNING, ...der(OCTET_STRING, pkcs1)]);
}

/** A value of DER: its tag, its length and what is in it. */
function der(tag: number, content: Iterable<number> & { readonly length: number }): Uint8Array<
  ArrayBuffer
> {
  const { length } = content;
  const lengthBytes = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([tag, ...lengthBytes, ...content]);
}
