import type { Logger, Platform } from "../contracts.ts";
import { openLog } from "../jetstream/open_stream.ts";
import { type StreamEndpoints, StreamQueue } from "../jetstream/stream_queue.ts";
import type { ResolvedOptions } from "../options.ts";
import { refuseFiles } from "../orphans.ts";
import { markStream } from "../stream_mark.ts";
import { streamUrl } from "../stream_url.ts";

/**
 * The stream in which the batches of a queue are; undefined where they are in files.
 *
 * @throws {WalqError} `STORAGE` when no server answers; `INVALID_OPTIONS` when the stream is
 *   another one than the options say, or when the data path has batches in files, which nobody
 *   would send.
 */
export async function openStreamQueue(
  options: ResolvedOptions,
  platform: Platform,
  logger: Logger,
): Promise<StreamQueue | undefined> {
  const { store, dataPath } = options;
  if (store === undefined) return undefined;
  await refuseFiles(platform.files, dataPath);
  const owner = ownerName(platform);
  const { log, partitions } = await openLog(store, { platform, logger, clientName: owner });
  await markStream(platform.files, dataPath, streamUrl(store));
  const { clock, random } = platform;
  const { stream, sends } = store;
  return new StreamQueue({
    log,
    clock,
    random,
    logger,
    stream,
    partitions,
    owner,
    sends,
    endpoints: streamEndpoints(options),
  });
}

/** Which endpoints a queue in a stream has. */
export function streamEndpoints({ endpoints, forgetOrphans }: ResolvedOptions): StreamEndpoints {
  return { names: endpoints.map(({ name }) => name), forgotten: forgetOrphans };
}

/** No two processes have the same, also where their hosts and their process ids are alike. */
function ownerName({ env, random, processes }: Platform): string {
  const host = (env("HOSTNAME") ?? "").replace(/[^A-Za-z0-9-]+/g, "-").slice(0, 40);
  const lot = Math.floor(random() * 36 ** 8).toString(36).padStart(8, "0");
  return ["walq", host, String(processes.pid), lot].filter((part) => part !== "").join("-");
}
