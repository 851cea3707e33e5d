import type { OpenStream } from "../contracts.ts";

/** The client of NATS is loaded by the first who asks for a stream. */
export const openStream: OpenStream = async (settings) =>
  await (await import("./nats/connect.ts")).openNatsStream(settings);
