/** What a path says to methods that it does not have. */
import type { Env, Hono } from "hono";

/** Methods as an `Allow` header lists them. */
export type Allowed = "GET, HEAD" | "GET, HEAD, POST" | "POST" | "POST, PUT" | "DELETE, POST, PUT";

/**
 * Answers every other method of a path with a 405 (RFC 9110, section 15.5.6): called behind the
 * routes of those that it has.
 */
export function allowOnly<E extends Env>(app: Hono<E>, path: string, allow: Allowed): void {
  app.all(path, (c) => c.text(`Method not allowed: use ${allow}\n`, 405, { allow }));
}
