/** What AWS does with a signed request, by AWS's own library. */
import { SignatureV4 } from "@smithy/signature-v4";
import { createHash, createHmac } from "node:crypto";

/** A request as it came. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Keys that the server knows. */
export interface KnownKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** As the library wants a hash to be. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = secret as string | NodeJS.ArrayBufferView | undefined;
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as string | NodeJS.ArrayBufferView);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {}
}

/** What is wrong with the signature; undefined when nothing is. */
export async function whyRefused(
  request: ReceivedRequest,
  keys: KnownKeys,
  { region, service, nowMs }: { region: string; service: string; nowMs: number },
): Promise<string | undefined> {
  const { authorization = "", ...others } = request.headers;
  const date = others["x-amz-date"] ?? "";
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  const signingDate = new Date(iso);
  if (!(Math.abs(signingDate.getTime() - nowMs) < 300_000)) return `the date is ${date}`;
  if (others["x-amz-security-token"] !== keys.sessionToken) return "the session token is another";
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  for (const needed of ["host", "x-amz-date"]) {
    if (!names.includes(needed)) return `${needed} is not signed`;
  }
  const { protocol, hostname, host, port, pathname, searchParams } = new URL(request.url);
  const headers = Object.fromEntries(
    names.map((name) => [name, name === "host" ? host : others[name] ?? ""]),
  );
  const query: Record<string, string[]> = {};
  for (const [name, value] of searchParams) (query[name] ??= []).push(value);
  const { sessionToken, ...own } = keys;
  const signer = new SignatureV4({
    region,
    service,
    credentials: { ...own, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: Sha256,
    applyChecksum: false,
    uriEscapePath: true,
  });
  const signed = await signer.sign({
    method: request.method,
    protocol,
    hostname,
    ...(port === "" ? {} : { port: Number(port) }),
    path: pathname,
    query,
    headers,
    body: request.body,
  }, { signingDate, signableHeaders: new Set(names) });
  return signed.headers["authorization"] === authorization
    ? undefined
    : `got ${authorization}, expected ${signed.headers["authorization"]}`;
}
