/** How Prometheus makes labels of what others call things: util/strutil, net.JoinHostPort. */

/** A name, or the end of one, in which all that a label's name may not have is an underscore. */
export function sanitized(name: string): string {
  // By code point: what is outside of the basic plane is one character to Go.
  return name.replace(/[^A-Za-z0-9_]/gu, "_");
}

/** An IPv6 address is in brackets. */
export function hostPort(host: string, port: number | string): string {
  return /[:%]/.test(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Labels of what has names and values of its own: each under `prefix`. */
export function labelsOf(
  prefix: string,
  values: Readonly<Record<string, string>> | null | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => [prefix + sanitized(name), value]),
  );
}
