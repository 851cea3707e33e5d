/** How the server is reached from elsewhere. */
export interface ServerAddress {
  /** Where it listens. */
  readonly port: string;
  /** What others call it. */
  readonly external: URL;
}

/**
 * The URL of a target as it is for who asks: a name that means every host itself is
 * replaced by that of this one, and walq's own address by that which others know.
 */
export function globalUrl(url: string, { port, external }: ServerAddress): string {
  const match = /^([^:]*:\/\/)(127\.0\.0\.1|localhost|\[::1\])(?::(\d+))?([/?#].*)?$/s.exec(url);
  if (match === null) return url;
  const [, scheme, , ownPort, rest = ""] = match;
  if (ownPort === undefined) return url;
  if (ownPort === port) return `${external.protocol}//${external.host}${rest}`;
  return `${scheme}${external.hostname}:${ownPort}${rest}`;
}
