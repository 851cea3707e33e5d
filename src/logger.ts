import type { Logger } from "./contracts.ts";

/** Says nothing: a library does not write to somebody else's output unasked. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
