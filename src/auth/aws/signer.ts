import { AwsV4Signer } from "aws4fetch";
import type { HttpRequest } from "../../contracts.ts";
import type { AwsKeys } from "./keys.ts";

/** Where a request goes, and as whom. */
export interface AwsScope {
  readonly region: string;
  readonly service: string;
}

/** Keys that were derived for a day and a place; there is one more each day. */
const CACHED_MAX = 16;

const ASCII = /^[\t\x20-\x7e]*$/;

/** What a signature adds. */
const ADDED = ["authorization", "x-amz-date", "x-amz-security-token"] as const;

/** Signs requests by AWS Signature Version 4. */
export class AwsSigner {
  readonly #derived: Map<string, ArrayBuffer> = new Map();

  /**
   * The headers that sign a request, with those that it has and with its body; names are
   * lower-case. Those that are not in ASCII are not signed, as there is no saying how each
   * server reads them (RFC 9110, section 5.5). `nowMs` may be a few minutes off what AWS
   * takes for the time, and no more.
   */
  async sign(
    { method, url, headers, body }: Pick<HttpRequest, "method" | "url" | "headers" | "body">,
    keys: AwsKeys,
    { region, service }: AwsScope,
    nowMs: number,
  ): Promise<Record<string, string>> {
    if (this.#derived.size > CACHED_MAX) this.#derived.clear();
    const signer = new AwsV4Signer({
      method,
      url,
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => ASCII.test(value))),
      // What it is a view of is no shared memory, which alone the type allows beside.
      body: (body ?? new Uint8Array()) as Uint8Array<ArrayBuffer>,
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey,
      ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
      region,
      service,
      cache: this.#derived,
      datetime: new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, ""),
    });
    const signed = await signer.sign();
    return Object.fromEntries(
      ADDED.flatMap((name) => {
        const value = signed.headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
  }
}
