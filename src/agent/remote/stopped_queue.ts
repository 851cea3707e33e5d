import { sleep } from "../../actor/sleep.ts";
import type { FileSystem, Platform } from "../../contracts.ts";
import { isEndpointName } from "../../endpoint_name.ts";
import { FileSystemError, messageOf, WalqError } from "../../errors.ts";
import type { QueueOptions } from "../../options.ts";
import { markedStream } from "../../stream_mark.ts";
import { Queue, type StoppedQueue } from "../../queue.ts";
import { oneLine } from "../../visible_text.ts";
import type { EndpointSnapshot } from "../../stats/endpoint_snapshot.ts";

const COUNT_LOOK_MS = 50;
/** Files whose heads cannot be read are not waited for. */
const STUCK_LOOKS_MAX = 40;
/** Nothing is sent to it. */
const NOWHERE = "http://127.0.0.1:9/";
/** What lies there is not to be cut by bounds that nobody has said. */
const KEPT = {
  rejectedBytesMax: "1PiB",
  rejectedAgeMax: "3650d",
  keepDelivered: "3650d",
  keepDeliveredBytesMax: "1PiB",
} as const;

/**
 * Takes the data path of a queue that does not run. Its endpoints are the directories in it.
 *
 * @throws {WalqError} `LOCKED` when a program uses it, `STORAGE` when it is not there, or not a
 * queue's.
 */
export async function openStoppedQueue(path: string, platform: Platform): Promise<StoppedQueue> {
  const url = await markedStream(platform.files, path);
  if (url !== undefined) {
    throw new WalqError(
      "STORAGE",
      oneLine(`the batches of the queue in "${path}" are in the stream ${url}: `) +
        "ask the program itself, by --url or --config",
    );
  }
  const endpoints = (await queuesIn(path, platform.files)).map((name) => ({
    name,
    url: NOWHERE,
    ...KEPT,
  }));
  const options: QueueOptions = { dataPath: path, ttl: "3650d", endpoints };
  return await Queue.openStopped(options, { platform });
}

/** What is there, when all of it that can be is counted. */
export async function counted(
  queue: StoppedQueue,
  { clock }: Platform,
): Promise<readonly EndpointSnapshot[]> {
  const never = new AbortController().signal;
  for (let left = Infinity, stuck = 0; stuck < STUCK_LOOKS_MAX; stuck++) {
    const { endpoints } = queue.stats();
    const uncounted = endpoints.reduce((sum, one) => sum + one.uncountedBatches, 0);
    if (uncounted === 0) return endpoints;
    if (uncounted < left) stuck = 0;
    left = uncounted;
    await sleep(clock, COUNT_LOOK_MS, never);
  }
  return queue.stats().endpoints;
}

/** Directories with `wal/` in them. */
async function queuesIn(path: string, files: FileSystem): Promise<string[]> {
  const found: string[] = [];
  const names = (await directoriesIn(path, files)).filter(isEndpointName);
  for (const name of names.sort()) {
    const inside = await directoriesIn(`${path}/${name}`, files).catch((): string[] => []);
    if (inside.includes("wal")) found.push(name);
  }
  if (found.length > 0) return found;
  throw new WalqError(
    "STORAGE",
    `Cannot open data path "${path}": expected directories of endpoints with wal/ in them`,
  );
}

async function directoriesIn(path: string, files: FileSystem): Promise<string[]> {
  const names: string[] = [];
  try {
    await files.visit(path, ({ name, kind }) => kind === "directory" && names.push(name));
    return names;
  } catch (error) {
    const isGone = error instanceof FileSystemError && error.code === "not_found";
    const why = isGone ? "there is no such directory" : messageOf(error);
    throw new WalqError("STORAGE", `Cannot open data path "${path}": ${why}`, { cause: error });
  }
}
