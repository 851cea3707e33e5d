import { Buffer } from "node:buffer";
import type { HttpRequest } from "../../contracts.ts";
import { type Proxy, proxyAuthorization } from "./proxy.ts";
import type { Target } from "./target.ts";

/** A body up to this size is copied behind its head: cheaper than a second write. */
const COPIED_BYTES_MAX = 64 * 1024;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** No line ends, behind which would be another header, and nothing that UTF-8 does not have. */
const VALUE = /^[\t\x20-\x7e\u0080-\ud7ff\ue000-\u{10ffff}]*$/u;

/**
 * A request as it goes over the wire, in the parts that are written one after the
 * other (RFC 9112, section 3). The answer is wanted as it is, unless the headers say
 * otherwise: unpacked it can be a thousand times as large. To a `proxy` that has to send it
 * on, it says where to (section 3.2.2), and who walq is. Headers are in UTF-8, as those of
 * Go's client are.
 */
export function requestBytes(
  request: HttpRequest,
  target: Target,
  proxy?: Proxy,
): Uint8Array[] {
  const { body } = request;
  const head = proxy === undefined
    ? rememberedHead(request, target)
    : Buffer.from(headOf(request, target, proxy));
  if (!hasLength(request)) return [head];
  const length = body?.length ?? 0;
  const end = `content-length: ${length}\r\n\r\n`;
  const copied = length > COPIED_BYTES_MAX ? 0 : length;
  const bytes = Buffer.allocUnsafe(head.length + end.length + copied);
  bytes.set(head);
  bytes.write(end, head.length, "latin1");
  if (body === undefined) return [bytes];
  if (copied < length) return [bytes, body];
  bytes.set(body, head.length + end.length);
  return [bytes];
}

/** What the same request looked like before, but for its length. */
interface Remembered {
  readonly method: HttpRequest["method"];
  readonly url: string;
  readonly mayChoose: boolean;
  readonly hasLength: boolean;
  readonly bytes: Uint8Array;
}

/** Endpoints and targets are asked the same again and again: by their headers, which nobody changes. */
const remembered = new WeakMap<HttpRequest["headers"], Remembered>();

function rememberedHead(request: HttpRequest, target: Target): Uint8Array {
  const { method, url, headers, onBody } = request;
  const known = remembered.get(headers);
  const mayChoose = onBody !== undefined;
  const itsLength = hasLength(request);
  if (
    known?.url === url && known.method === method && known.mayChoose === mayChoose &&
    known.hasLength === itsLength
  ) {
    return known.bytes;
  }
  const bytes = Buffer.from(headOf(request, target));
  remembered.set(headers, { method, url, mayChoose, hasLength: itsLength, bytes });
  return bytes;
}

function hasLength({ method, body }: HttpRequest): boolean {
  return body !== undefined || method !== "GET";
}

/** All of it; where it has a length, that and the end are still to come. */
function headOf(request: HttpRequest, target: Target, proxy?: Proxy): string {
  const { method, headers } = request;
  const { origin, authority, path } = target;
  const where = proxy === undefined ? path : origin + path;
  let head = `${method} ${where} HTTP/1.1\r\nhost: ${authority}\r\nconnection: keep-alive\r\n`;
  if (!choosesCoding(request)) head += "accept-encoding: identity\r\n";
  const login = proxy && proxyAuthorization(proxy);
  if (login !== undefined) head += `proxy-authorization: ${login}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name)) throw new TypeError("a header's name is not one");
    if (!VALUE.test(value)) {
      throw new TypeError(`the header ${name} has a value that cannot be sent`);
    }
    head += `${name}: ${value}\r\n`;
  }
  return hasLength(request) ? head : `${head}\r\n`;
}

/** Who wants the whole body may have it packed. */
function choosesCoding({ onBody, headers }: HttpRequest): boolean {
  return onBody !== undefined &&
    Object.keys(headers).some((name) => name.toLowerCase() === "accept-encoding");
}
