import * as v from "valibot";
import { stepsOf } from "./checks.ts";
import { OptionsError } from "./options_error.ts";
import { resolveStream } from "./resolve_stream.ts";
import type { ResolvedStream } from "./resolved.ts";
import { JETSTREAM } from "./tables/stream.ts";
import type { JetStreamOptions } from "./types.ts";

/**
 * A queue that is kept by a stream of NATS JetStream in place of files, for
 * `QueueOptions.store`: several processes take metrics into it and several send what is in
 * it, each partition from one of them at a time. The stream is made where it is missing.
 *
 * @example
 * ```ts
 * import { jetStreamStore, type QueueOptions } from "walq";
 *
 * const options: QueueOptions = {
 *   dataPath: "./data",
 *   store: jetStreamStore({
 *     url: "nats://nats-1:4222,nats-2:4222,nats-3:4222/metrics",
 *     credentialsFile: "/etc/walq/nats.creds",
 *     maxBytes: "100GiB",
 *   }),
 *   endpoints: [{ name: "mimir", url: "https://mimir.example/api/v1/push" }],
 * };
 * ```
 * @throws {OptionsError} that names everything that is wrong, with its path.
 */
export function jetStreamStore(options: JetStreamOptions): JetStreamOptions {
  resolveStore(options);
  return options;
}

/** What there is to know of a store by its options alone. @throws {OptionsError} as above */
export function resolveStore(options: unknown): ResolvedStream {
  const { issues = [], success, output } = v.safeParse(JETSTREAM.check, options);
  if (success) return resolveStream(output);
  throw new OptionsError(issues.map(({ path, message }) => {
    const { path: steps, ...entry } = stepsOf(path);
    return { path: ["store", ...steps], ...entry, message };
  }));
}
