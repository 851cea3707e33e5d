/** RSA keys for tests, and what a server does with what they have signed. */

/** A key pair, with the private key in both of its forms in PEM. */
export interface TestKey {
  readonly pkcs8: string;
  readonly pkcs1: string;
  readonly publicKey: CryptoKey;
}

/** Made anew: a key in the repository would be taken for a real one. */
export async function makeKey(hash: string = "SHA-256"): Promise<TestKey> {
  const pair = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      hash,
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
    },
    true,
    ["sign", "verify"],
  );
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  // What is before the key of PKCS #1 in one of 2048 bits.
  return { pkcs8: pem("", der), pkcs1: pem("RSA ", der.slice(26)), publicKey: pair.publicKey };
}

function pem(kind: string, der: Uint8Array): string {
  const text = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(""));
  const lines = text.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN ${kind}PRIVATE KEY-----\n${lines}\n-----END ${kind}PRIVATE KEY-----\n`;
}

/** The head and the claims of a JWT whose signature is right. */
export async function verifyJwt(jwt: string, key: CryptoKey): Promise<
  { readonly head: Record<string, unknown>; readonly claims: Record<string, unknown> }
> {
  const [head = "", claims = "", signature = ""] = jwt.split(".");
  const isRight = await crypto.subtle.verify(
    "RSASSA-PKCS1-v1_5",
    key,
    fromBase64Url(signature),
    new TextEncoder().encode(`${head}.${claims}`),
  );
  if (!isRight) throw new Error("the signature is not right");
  const parse = (part: string) => JSON.parse(new TextDecoder().decode(fromBase64Url(part)));
  return { head: parse(head), claims: parse(claims) };
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
