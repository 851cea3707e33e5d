import type { Hono } from "hono";
import type { Logger } from "../contracts.ts";
import type { Incoming } from "./host.ts";

/** Why a reload failed; nothing when it did not. */
export type ReloadResult = string | undefined;

/** What can be asked of the program by a request. */
export interface Lifecycle {
  /** Reads the configuration again; why that failed, if it did. */
  reload(): Promise<ReloadResult>;
  /** Ends the program in good order. */
  quit(): void;
}

const METHODS = ["POST", "PUT"];

/**
 * `/-/reload` and `/-/quit` as Prometheus has them, answers included; without a lifecycle they
 * are refused. The log says who has asked.
 */
export function routeLifecycle(
  app: Hono<{ Bindings: Incoming }>,
  lifecycle: Lifecycle | undefined,
  logger: Logger,
): void {
  const paths = ["/-/reload", "/-/quit"];
  if (lifecycle === undefined) {
    for (const path of paths) {
      app.on(METHODS, path, (c) => c.text("Lifecycle API is not enabled.\n", 403));
    }
  } else {
    const tell = (action: string, { from, user }: Incoming): void =>
      logger.info("somebody acted on the program", { action, from, user });
    app.on(METHODS, "/-/reload", async (c) => {
      tell("reload", c.env);
      const error = await lifecycle.reload();
      return error === undefined
        ? c.body(null, 200)
        : c.text(`failed to reload config: ${error}\n`, 500);
    });
    app.on(METHODS, "/-/quit", (c) => {
      tell("quit", c.env);
      lifecycle.quit();
      return c.text("Requesting termination... Goodbye!\n");
    });
  }
  for (const path of paths) {
    app.all(
      path,
      (c) => c.text("Only POST or PUT requests allowed\n", 405, { allow: "POST, PUT" }),
    );
  }
}
